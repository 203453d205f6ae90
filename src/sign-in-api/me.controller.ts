import { Controller, Get, Req, UseFilters } from '@nestjs/common';
import { Access } from '../authentication/access.decorator.js';
import type { CallerRequest } from '../authentication/access.guard.js';
import type { Caller } from '../authentication/caller.js';
import { OnBehalfOf } from '../authentication/on-behalf-of.decorator.js';
import { DirectoryService } from '../directory/directory.service.js';
import type { ProfileType } from '../directory/profile-resource.js';
import { Db } from '../kernel/db.js';
import { OutcomeFilter } from '../kernel/outcome.filter.js';
import type { Tx } from '../kernel/tx.js';
import { MembershipsService } from '../memberships/memberships.service.js';
import { FactorsService } from '../mfa/factors.service.js';
import { clientProfile, meView } from './me.view.js';
import { OwnLoginsService } from './own-logins.service.js';

/**
 * `GET /auth/me` (wire-spec section 2.5.1): who calls, for people and clients alike. It answers under any policy and scope,
 * because the SDK asks it after every token (F24), and about the caller itself whatever `X-Medplum-On-Behalf-Of` says.
 */
@Controller('auth')
@UseFilters(OutcomeFilter)
export class MeController {
  constructor(
    private readonly db: Db,
    private readonly directory: DirectoryService,
    private readonly memberships: MembershipsService,
    private readonly logins: OwnLoginsService,
    private readonly factors: FactorsService,
  ) {}

  @Get('me')
  @OnBehalfOf('ignored')
  @Access('member')
  async me(@Req() { caller }: Required<CallerRequest>): Promise<object> {
    return this.db.read(async (tx) => {
      const { userId, projectId } = caller.actor;
      return meView(caller, {
        profile: await this.profileOf(tx, caller),
        mfaEnrolled: userId ? (await this.factors.kindsOf(tx, userId)).length > 0 : false,
        logins: await this.logins.list(tx, caller),
        memberships: userId && projectId ? await this.memberships.ofUser(tx, userId, projectId) : [],
      });
    });
  }

  private async profileOf(tx: Tx, { standing, projectId }: Caller): Promise<object> {
    const { client, membership } = standing;
    if (!membership || !projectId || membership.profileType === 'ClientApplication')
      return clientProfile(client);
    const type = membership.profileType as ProfileType;
    return (await this.directory.read(tx, projectId, type, membership.profileId)).content;
  }
}
