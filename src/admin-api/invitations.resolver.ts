import { Args, Context, ID, Mutation, Query, Resolver } from '@nestjs/graphql';
import { Access } from '../authentication/access.decorator.js';
import { reachOf } from '../authentication/reach.js';
import type { Id } from '../kernel/ids.js';
import type { Tx } from '../kernel/tx.js';
import type { Invitation, InvitationId } from '../memberships/invitation.entity.js';
import { InvitationsService } from '../memberships/invitations.service.js';
import { InvitingService } from '../memberships/inviting.service.js';
import { MembershipsService } from '../memberships/memberships.service.js';
import type { Connection } from './connection.view.js';
import type { GraphqlContext } from './graphql-context.types.js';
import { InvitationConnection, InvitationView, invitationView } from './invitation.view.js';
import {
  InvitationIdInput,
  type InvitationLinkView,
  InvitationPayload,
  InviteUserInput,
  InviteUserPayload,
} from './invitations.types.js';
import { membershipView } from './membership.view.js';
import { membershipOptions } from './memberships.types.js';
import { PagingService } from './paging.service.js';
import { PreparedPasswordsService } from './prepared-passwords.service.js';
import { ProjectArgs, Scope } from './scope.types.js';
import { ProjectListArgs } from './scope-list.types.js';
import { idFrom, ScopedService } from './scoped.service.js';

/** Invitations into a project. */
@Resolver(() => InvitationView)
export class InvitationsResolver {
  constructor(
    private readonly scoped: ScopedService,
    private readonly inviting: InvitingService,
    private readonly invitations: InvitationsService,
    private readonly memberships: MembershipsService,
    private readonly paging: PagingService,
    private readonly passwords: PreparedPasswordsService,
  ) {}

  @Query(() => InvitationView, { description: 'One invitation of a project.' })
  @Access('admin')
  async invitation(
    @Context() { caller }: GraphqlContext,
    @Args('id', { type: () => ID }) id: string,
    @Args() where: ProjectArgs,
  ): Promise<InvitationView> {
    return this.scoped.read(caller, where, async (tx, projectId) =>
      this.view(tx, await this.invitations.get(tx, projectId, idFrom(id))),
    );
  }

  @Query(() => InvitationConnection, {
    name: 'invitations',
    description: 'The invitations of a project, oldest first.',
  })
  @Access('admin')
  async list(
    @Context() { caller }: GraphqlContext,
    @Args() args: ProjectListArgs,
  ): Promise<Connection<InvitationView>> {
    return this.scoped.read(caller, args, async (tx, projectId) => {
      const list = { query: 'invitations', owner: projectId };
      const page = this.paging.query<InvitationId>(list, args);
      const { rows, hasNext } = await this.invitations.list(tx, { ...page, projectId });
      const states = await this.invitations.states(tx, rows);
      const views = rows.map((row, at) => invitationView(row, states[at]!));
      return this.paging.connect(list, args, { rows: views, hasNext }, (view) => view);
    });
  }

  @Mutation(() => InviteUserPayload, {
    description:
      'Invites a person into a project, by mail. For scope SERVER the answer is the same whether the address had an account or not.',
  })
  @Access('admin')
  async inviteUser(
    @Context() { caller }: GraphqlContext,
    @Args('input') input: InviteUserInput,
  ): Promise<InviteUserPayload> {
    const password = await this.passwords.of(caller, input);
    const { projectId, idempotencyKey: key, ...said } = input;
    const email = said.email ?? undefined;
    const { profileType, givenName, familyName } = said;
    const invitation = {
      profileType,
      givenName,
      familyName,
      email,
      password,
      scope: said.scope ?? Scope.SERVER,
      sendEmail: said.sendEmail ?? true,
      upsert: said.upsert ?? false,
      another: said.another ?? false,
      patient: said.patient ?? undefined,
      profileId: said.profileId == null ? undefined : idFrom<string>(said.profileId),
      membership: membershipOptions(said.membership),
    };
    await this.inviting.ready(await this.scoped.project(caller, { projectId }), invitation);
    return this.scoped.write(caller, { projectId }, async (tx, project) => {
      const creation = { operation: 'inviteUser', key, input: this.passwords.fingerprint(said) };
      const made = await this.scoped.once(tx, caller, project, creation, async () => {
        const reach = reachOf(caller);
        const invited = await this.inviting.invite(tx, caller.actor, project, invitation, reach);
        return {
          membershipId: invited.membership.id,
          invitationId: invited.invitation?.id ?? null,
          link: invited.link ?? null,
        };
      });
      return {
        membership: membershipView(await this.memberships.get(tx, project, made.membershipId)),
        invitation: made.invitationId
          ? await this.view(tx, await this.invitations.get(tx, project, made.invitationId))
          : undefined,
        link: made.link ? linkView(made.link) : undefined,
      };
    });
  }

  @Mutation(() => InvitationPayload, {
    description:
      'Sends an invitation again, with a new term; a link that was sent before opens nothing more.',
  })
  @Access('admin')
  async resendInvitation(
    @Context() { caller }: GraphqlContext,
    @Args('input') { id, projectId }: InvitationIdInput,
  ): Promise<InvitationPayload> {
    return this.scoped.write(caller, { projectId }, async (tx, project) => ({
      invitation: await this.view(tx, await this.invitations.resend(tx, caller.actor, project, idFrom(id))),
    }));
  }

  @Mutation(() => InvitationPayload, {
    description:
      'Takes an invitation back: its link opens nothing more, and the membership ends, or is removed if it waited.',
  })
  @Access('admin')
  async revokeInvitation(
    @Context() { caller }: GraphqlContext,
    @Args('input') { id, projectId }: InvitationIdInput,
  ): Promise<InvitationPayload> {
    return this.scoped.write(caller, { projectId }, async (tx, project) => ({
      invitation: await this.view(tx, await this.invitations.revoke(tx, caller.actor, project, idFrom(id))),
    }));
  }

  private async view(tx: Tx, invitation: Invitation): Promise<InvitationView> {
    return invitationView(invitation, (await this.invitations.states(tx, [invitation]))[0]!);
  }
}

/** @param expiresAt text where the answer was kept for a repeated request. */
function linkView({
  id,
  secret,
  url,
  expiresAt,
}: {
  readonly id: Id;
  readonly secret: string;
  readonly url: string;
  readonly expiresAt: Date | string;
}): InvitationLinkView {
  return { id, secret, url, expiresAt: new Date(expiresAt) };
}
