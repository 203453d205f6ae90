import { Injectable } from '@nestjs/common';
import { visible } from '../access-policy/visible.js';
import { AuditService } from '../audit/audit.service.js';
import type { Caller } from '../authentication/caller.js';
import { DirectoryService } from '../directory/directory.service.js';
import { type ProfileType, profileTypes } from '../directory/profile-resource.js';
import { Db } from '../kernel/db.js';
import { forbidden, notFound } from '../kernel/errors.js';
import { type Id, type ProjectId, parseId } from '../kernel/ids.js';
import { isResourceType } from '../r4/resource-types.js';
import type { Resource } from '../r4/search-row.js';

/** Reads FHIR resources the way the caller's policy lets them be seen. Every read is recorded, every refusal too. */
@Injectable()
export class FhirReadsService {
  constructor(
    private readonly db: Db,
    private readonly directory: DirectoryService,
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
    const resource = await this.find(projectId, resourceType, parseId(idText));
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

  private async find(projectId: ProjectId, type: string, id: Id | undefined): Promise<Resource | undefined> {
    if (!id || !isKept(type)) return undefined;
    const [row] = await this.db.read((tx) => this.directory.findMany(tx, [id]));
    const isThis = row?.projectId === projectId && row.resourceType === type;
    return isThis ? (row.content as Resource) : undefined;
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

function isKept(type: string): type is ProfileType {
  return (profileTypes as readonly string[]).includes(type);
}
