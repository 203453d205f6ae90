import { Injectable } from '@nestjs/common';
import { DirectoryService } from '../directory/directory.service.js';
import { DirectorySearchService } from '../directory/directory-search.service.js';
import { AppError } from '../kernel/errors.js';
import type { Id, ProjectId } from '../kernel/ids.js';
import type { Tx } from '../kernel/tx.js';
import { terms } from '../r4/search-terms.js';
import { severalProfiles, wrongProfile } from './memberships.errors.js';
import { MembershipsService } from './memberships.service.js';
import type { NewPerson } from './onboarding.service.js';

type Invited = Pick<NewPerson, 'profileType' | 'profileId' | 'email'>;

/** Profiles with one address that are looked at. */
const most = 20;

/** Which profile somebody invited gets: the one that is named, or one with the address that nobody has yet (wire-spec 8.2). */
@Injectable()
export class InvitedProfilesService {
  constructor(
    private readonly directory: DirectoryService,
    private readonly search: DirectorySearchService,
    private readonly memberships: MembershipsService,
  ) {}

  /** Before the transaction. @throws AppError `search-index-behind` */
  async ready(projectId: ProjectId, { profileType, email }: Omit<Invited, 'profileId'>): Promise<void> {
    if (email !== undefined) await this.search.ready(projectId, profileType);
  }

  /** @returns `undefined` where a new one is to be made. @throws AppError `wrong-profile`, `several-profiles` */
  async of(
    tx: Tx,
    projectId: ProjectId,
    { profileType, profileId, email }: Invited,
  ): Promise<Id | undefined> {
    if (profileId) {
      await this.directory.hold(tx, projectId, profileType, profileId).catch((error: unknown) => {
        throw error instanceof AppError ? wrongProfile({ field: 'membership.profile' }) : error;
      });
      return profileId;
    }
    if (email === undefined || profileType === 'RelatedPerson') return undefined;
    const { rows } = await this.search.search(tx, projectId, profileType, {
      where: { column: 'terms', has: terms.code('email', email) },
      sort: { by: 'id', descending: false },
      limit: most,
      offset: 0,
      total: false,
    });
    const free: Id[] = [];
    for (const { id } of rows) if (!(await this.memberships.isProfile(tx, projectId, id))) free.push(id);
    if (free.length > 1) throw severalProfiles({ field: 'email' });
    return free[0];
  }
}
