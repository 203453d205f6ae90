import { Injectable } from '@nestjs/common';
import { visible } from '../access-policy/visible.js';
import { AuditService } from '../audit/audit.service.js';
import type { Caller } from '../authentication/caller.js';
import { Db } from '../kernel/db.js';
import { forbidden, notFound } from '../kernel/errors.js';
import { parseId } from '../kernel/ids.js';
import { isResourceType } from '../r4/resource-types.js';
import type { Resource } from '../r4/search-row.js';
import { ResourceHomesService } from './resource-homes.service.js';

/** Reads FHIR resources the way the caller's policy lets them be seen. Every read is recorded, every refusal too. */
@Injectable()
export class FhirReadsService {
  constructor(
    private readonly db: Db,
    private readonly homes: ResourceHomesService,
    private readonly audit: AuditService,
  ) {}

  /**
   * A resource, without the fields that the policy hides. What no entry opens is answered like what does not exist
   * (wire-spec section 1.8).
   * @throws AppError `forbidden` where the policy opens nothing of the type, `not-found`
   */
  async read(caller: Caller, resourceType: string, idText: string): Promise<Resource> {
    const { policy, projectId } = caller;
    if (!policy || !projectId || !policy.reaches('read', resourceType).allowed) {
      await this.refuse(caller, resourceType, idText);
      throw forbidden();
    }
    const id = parseId(idText);
    const home = this.homes.of(resourceType);
    const kept = id && home && (await this.db.read((tx) => home.read(tx, projectId, resourceType, id)));
    const resource = kept?.deleted ? undefined : kept?.resource;
    const verdict = resource && policy.allows('read', resource);
    if (!resource || !verdict?.allowed) {
      await this.refuse(caller, resourceType, idText);
      throw notFound();
    }
    const target = { type: resourceType, id: idText.toLowerCase() };
    await this.db.gather((sink) =>
      this.audit.record(sink, { type: 'resource.read', actor: caller.actor, projectId, target }),
    );
    return visible(resource, verdict.entry?.hiddenFields ?? []);
  }

  private refuse({ actor, projectId }: Caller, resourceType: string, id: string): Promise<void> {
    return this.audit.refuse({
      type: 'access.refused',
      actor,
      projectId: projectId ?? null,
      // What is no type and no id is anybody's text, and stays out of the record.
      detail: {
        door: 'fhir',
        interaction: 'read',
        type: isResourceType(resourceType) ? resourceType : '',
        id: parseId(id) ?? '',
      },
    });
  }
}
