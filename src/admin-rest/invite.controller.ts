import { Controller, HttpCode, Param, Post, Req, Res, UseFilters } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Access } from '../authentication/access.decorator.js';
import type { CallerRequest } from '../authentication/access.guard.js';
import { ActingProjectService } from '../authentication/acting-project.service.js';
import { reachOf } from '../authentication/reach.js';
import { PasswordsService, type PreparedPassword } from '../identities/passwords.service.js';
import { Db } from '../kernel/db.js';
import type { ProjectId } from '../kernel/ids.js';
import { readJson } from '../kernel/json-body.js';
import { outcomeType } from '../kernel/operation-outcome.js';
import { OutcomeFilter } from '../kernel/outcome.filter.js';
import { InvitingService } from '../memberships/inviting.service.js';
import { passwordNeedsProjectScope } from '../memberships/memberships.errors.js';
import { membershipResource } from '../memberships/project-membership.fhir.js';
import { ProjectsService } from '../projects/projects.service.js';
import { type InviteInput, readInvitation } from './invite-input.js';

/** `POST /admin/projects/{id}/invite` (wire-spec section 8): `MedplumClient.invite` of the SDK. */
@Controller('admin/projects')
@UseFilters(OutcomeFilter)
export class InviteController {
  constructor(
    private readonly acting: ActingProjectService,
    private readonly projects: ProjectsService,
    private readonly passwords: PasswordsService,
    private readonly inviting: InvitingService,
    private readonly db: Db,
  ) {}

  /**
   * Answers the membership. With `sendEmail: false` it contains, for a user of the project that this call made, the request
   * by whose id and secret the person sets a password, so that the project can write to the person itself (rulings 23).
   */
  @Post(':projectId/invite')
  @HttpCode(200)
  @Access('admin')
  async invite(
    @Param('projectId') named: string,
    @Req() request: FastifyRequest & Required<CallerRequest>,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { caller } = request;
    const projectId = await this.acting.of(caller, named, 'rest');
    const input = readInvitation(readJson(request).all);
    const password = await this.prepare(projectId, input);
    await this.inviting.ready(projectId, input);
    const { membership, link } = await this.db.tx(async (tx) => {
      await this.projects.get(tx, projectId);
      return this.inviting.invite(tx, caller.actor, projectId, { ...input, password }, reachOf(caller));
    });
    const contained = link && [
      {
        resourceType: 'UserSecurityRequest',
        id: link.id,
        type: 'invite',
        user: { reference: `User/${membership.userId}` },
        secret: link.secret,
        expiresAt: link.expiresAt.toISOString(),
      },
    ];
    reply
      .headers({ 'content-type': outcomeType, 'cache-control': 'no-store' })
      .send({ ...membershipResource(membership), ...(contained && { contained }) });
  }

  /** Hashing may wait its turn, so it comes before the transaction. */
  private async prepare(projectId: ProjectId, input: InviteInput): Promise<PreparedPassword | undefined> {
    const { password, scope, email = null, givenName, familyName } = input;
    if (password === undefined) return undefined;
    if (scope === 'server') throw passwordNeedsProjectScope({ field: 'password' });
    const project = await this.db.read((tx) => this.projects.get(tx, projectId));
    return this.passwords.prepare(password, { email, givenName, familyName, project });
  }
}
