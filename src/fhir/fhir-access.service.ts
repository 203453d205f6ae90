import { Injectable } from '@nestjs/common';
import type { CompiledPolicy, Verdict } from '../access-policy/compiled-policy.js';
import type { Interaction } from '../access-policy/interactions.js';
import { needsAdminRights } from '../access-policy/special-types.js';
import { AuditService } from '../audit/audit.service.js';
import type { Caller } from '../authentication/caller.js';
import { Db } from '../kernel/db.js';
import { forbidden, notFound } from '../kernel/errors.js';
import { type Id, type ProjectId, parseId } from '../kernel/ids.js';
import { isResourceType } from '../r4/resource-types.js';
import { resourceGone } from './fhir.errors.js';
import { interactionsOf, type KeptResource, type ResourceHome } from './resource-home.js';
import { ResourceHomesService } from './resource-homes.service.js';

/** What a request is about; the id as it was sent. */
export interface Target {
  readonly type: string;
  readonly id: string;
}

/** A type that the caller may do something to. */
export interface Reached {
  readonly policy: CompiledPolicy;
  readonly projectId: ProjectId;
  readonly home: ResourceHome;
}

/** A resource that the caller may do something to. */
export interface Found extends Reached {
  readonly id: Id;
  readonly kept: KeptResource;
  readonly verdict: Verdict;
}

/** Finds what a caller asks about, as far as its policy goes, and records what was let through and what was not. */
@Injectable()
export class FhirAccessService {
  constructor(
    private readonly db: Db,
    private readonly homes: ResourceHomesService,
    private readonly audit: AuditService,
  ) {}

  /** @throws AppError `forbidden` where the policy opens nothing of the type, `not-found` for one not kept here, or not for this */
  async reach(caller: Caller, interaction: Interaction, target: Target): Promise<Reached> {
    const { policy, projectId } = caller;
    if (!policy || !projectId || !policy.reaches(interaction, target.type).allowed) {
      await this.refuse(caller, interaction, target);
      throw forbidden();
    }
    const home = this.homes.of(target.type);
    const isDone = home !== undefined && interactionsOf(home).includes(interaction);
    // A token that scopes for health records limit administers nothing, whatever type they name.
    const mayDo = caller.admin || !needsAdminRights(interaction, target.type);
    if (isDone && mayDo) return { policy, projectId, home };
    await this.refuse(caller, interaction, target);
    throw isDone ? forbidden() : notFound();
  }

  /**
   * A resource. What the caller may not see is answered like what does not exist (wire-spec section 1.8).
   * @param deleted also what was deleted.
   * @throws AppError `forbidden`, `not-found`, `resource-gone`
   */
  async find(
    caller: Caller,
    interaction: Interaction,
    target: Target,
    { deleted = false }: { readonly deleted?: boolean } = {},
  ): Promise<Found> {
    const reached = await this.reach(caller, interaction, target);
    const { policy, projectId, home } = reached;
    const id = parseId(target.id);
    const kept = id && (await this.db.read((tx) => home.read(tx, projectId, target.type, id)));
    const verdict = kept && policy.allows(interaction, kept.resource);
    const isGone = kept?.deleted && !deleted;
    if (kept && verdict?.allowed && !isGone) return { ...reached, id, kept, verdict };
    await this.refuse(caller, interaction, target);
    if (isGone && verdict?.allowed) throw resourceGone();
    throw kept && !kept.deleted && policy.allows('read', kept.resource).allowed ? forbidden() : notFound();
  }

  /** Records that something was read. */
  read({ actor, projectId }: Caller, interaction: Interaction, { type, id }: Target): Promise<void> {
    return this.db.gather((sink) =>
      this.audit.record(sink, {
        type: 'resource.read',
        actor,
        projectId: projectId ?? null,
        target: { type, id },
        ...(interaction !== 'read' && { detail: { interaction } }),
      }),
    );
  }

  /** Records a refusal; `reason` is a sentence without the content of any resource. */
  refuse(
    { actor, projectId }: Caller,
    interaction: Interaction,
    { type, id }: Target,
    reason?: string,
  ): Promise<void> {
    return this.audit.refuse({
      type: 'access.refused',
      actor,
      projectId: projectId ?? null,
      // What is no type and no id is anybody's text, and stays out of the record.
      detail: {
        door: 'fhir',
        interaction,
        type: isResourceType(type) ? type : '',
        id: parseId(id) ?? '',
        ...(reason && { reason }),
      },
    });
  }
}
