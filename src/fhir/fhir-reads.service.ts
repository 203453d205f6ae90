import { Injectable } from '@nestjs/common';
import { visible } from '../access-policy/visible.js';
import type { Caller } from '../authentication/caller.js';
import { Db } from '../kernel/db.js';
import { notFound } from '../kernel/errors.js';
import type { Resource } from '../r4/search-row.js';
import { resourceGone } from './fhir.errors.js';
import { FhirAccessService, type Target } from './fhir-access.service.js';
import type { HistoryPage, HistoryQuery, Version } from './history-bundle.js';

/** Reads FHIR resources, as they are and as they were, the way the caller's policy lets them be seen. */
@Injectable()
export class FhirReadsService {
  constructor(
    private readonly db: Db,
    private readonly access: FhirAccessService,
  ) {}

  /**
   * A resource, without the fields that the policy hides.
   * @throws AppError `forbidden` where the policy opens nothing of the type, `not-found`, `resource-gone`
   */
  async read(caller: Caller, target: Target): Promise<Resource> {
    const { kept, verdict } = await this.access.find(caller, 'read', target);
    await this.access.read(caller, 'read', target);
    return visible(kept.resource, verdict.entry?.hiddenFields ?? []);
  }

  /**
   * A resource as it was. Both what it is now and what it was must be open to the caller.
   * @throws AppError `forbidden`, `not-found`, `resource-gone` for the version that is its deletion
   */
  async version(caller: Caller, target: Target, versionText: string): Promise<Resource> {
    const { home, policy, projectId, id } = await this.access.find(caller, 'vread', target, {
      deleted: true,
    });
    const was = await this.db.read((tx) =>
      home.history!.version(tx, projectId, target.type, id, versionText),
    );
    const verdict = was && policy.allows('vread', was.resource);
    if (!was || !verdict?.allowed || was.deleted) {
      await this.access.refuse(caller, 'vread', target);
      throw was && verdict?.allowed ? resourceGone() : notFound();
    }
    await this.access.read(caller, 'vread', target);
    return visible(was.resource, verdict.entry?.hiddenFields ?? []);
  }

  /** The versions of a resource that are open to the caller, newest first. @throws AppError `forbidden`, `not-found` */
  async history(caller: Caller, target: Target, query: HistoryQuery): Promise<HistoryPage> {
    const { home, policy, projectId, id } = await this.access.find(caller, 'history', target, {
      deleted: true,
    });
    const asked = { since: query.since, limit: query.count + 1, offset: query.offset };
    const found = await this.db.read((tx) => home.history!.versions(tx, projectId, target.type, id, asked));
    await this.access.read(caller, 'history', target);
    const more = found.length > query.count;
    const versions = found
      .slice(0, query.count)
      .flatMap(({ resource, deleted, first: made }, at): Version[] => {
        const { allowed, entry } = policy.allows('history', resource);
        const first = made ?? (!more && query.since.getTime() === 0 && at === found.length - 1);
        return allowed
          ? [{ resource: visible(resource, entry?.hiddenFields ?? []), deleted, first, meta: resource.meta }]
          : [];
      });
    return { versions, more };
  }
}
