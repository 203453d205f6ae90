import { Injectable } from '@nestjs/common';
import { visible } from '../access-policy/visible.js';
import { draftWrite, meetsConditions, type WriteDraft } from '../access-policy/write-draft.js';
import { type Caller, turnOf } from '../authentication/caller.js';
import { Db } from '../kernel/db.js';
import { AppError, conflict, forbidden } from '../kernel/errors.js';
import type { Tx } from '../kernel/tx.js';
import { FhirpathService } from '../r4/fhirpath.service.js';
import { patched } from '../r4/json-patch.js';
import { freeMeta } from '../r4/meta.js';
import type { Resource } from '../r4/search-row.js';
import { ConditionalCreateService } from './conditional-create.service.js';
import { hiddenWouldBeLost, resourceInvalid } from './fhir.errors.js';
import { FhirAccessService, type Found, type Reached, type Target } from './fhir-access.service.js';
import { isSame, signed, withAccounts } from './resource-meta.js';
import type { SearchPairs } from './search-pairs.js';
import { SoundnessService } from './soundness.service.js';
import { checkIfMatch, type IfMatch } from './write-request.js';

/** What became of a write. */
export interface Written {
  /** As it is kept now, for the headers of the answer. */
  readonly resource: Resource;
  /** Where it is, below the address of the door: its version, where versions are kept. */
  readonly place: string;
  /** As the caller may see it; absent where it may not. */
  readonly visible: Resource | undefined;
  /** There was one already, and nothing was written. */
  readonly existed?: true;
}

/** How a request asks for a new resource. */
export interface CreateOptions extends Pick<WriteOptions, 'extended'> {
  /** Only if a search finds none. */
  readonly ifNoneExist?: SearchPairs | undefined;
}

/** How a request asks for a write. */
export interface WriteOptions {
  readonly ifMatch: IfMatch;
  /** The caller speaks the extended form: an admin's `meta.account` counts (wire-spec section 0.4). */
  readonly extended: boolean;
}

// Each time somebody else's change came between; of so many at once, one is told to come again.
const maxAttempts = 40;

/**
 * Writes FHIR resources as far as the caller's policy goes. What is judged is what is kept: a change goes over the version
 * that it was made of, or is made anew of the next. Resource, version and record commit together. What the caller has no
 * right to is recorded; what is not valid, or made of an old version, is only answered.
 */
@Injectable()
export class FhirWritesService {
  constructor(
    private readonly db: Db,
    private readonly access: FhirAccessService,
    private readonly soundness: SoundnessService,
    private readonly conditions: ConditionalCreateService,
    private readonly fhirpath: FhirpathService,
  ) {}

  /**
   * Makes a resource, or finds the one that is there. Its id, project, author and account are the server's to say.
   * @throws AppError `forbidden`, `not-found` for a type that is not kept here, `resource-invalid`, `multiple-matches`
   */
  async create(
    caller: Caller,
    type: string,
    content: Resource,
    { extended, ifNoneExist }: CreateOptions,
  ): Promise<Written> {
    const target = { type, id: '' };
    const reached = await this.access.reach(caller, 'create', target);
    const condition = ifNoneExist && (await this.conditions.of(caller, reached, type, ifNoneExist));
    const { policy, projectId, home } = reached;
    const writing = home.writing!;
    const { id: _, ...own } = content;
    const parts = {
      content,
      stamped: policy.stamped(own),
      before: undefined,
      inherited: await this.soundness.accountsOfPatients(projectId, own),
    };
    const given = writing.versioned(projectId, withAccounts(caller, parts, extended));
    const draft = await this.opened(caller, target, draftWrite(policy, { before: undefined, given }));
    const after = await this.judge(caller, target, reached, draft);
    const { found, resource, once } = await this.db.tx(async (tx) => {
      const there = await condition?.(tx);
      if (there) return { found: true, resource: there, once: undefined };
      return {
        found: false,
        once: undefined,
        ...(await writing.create!(tx, caller.actor, projectId, after)),
      };
    });
    const seen = this.written(reached, resource);
    if (found) {
      await this.access.read(caller, 'search', { type, id: resource.id ?? '' });
      return { ...seen, existed: true };
    }
    // Whoever may make resources only, such as a device, gets back what it sent.
    const shown = seen.visible ?? visible(resource, draft.verdict.entry?.hiddenFields ?? []);
    return { ...seen, visible: { ...shown, ...once } };
  }

  /**
   * Writes a resource over what it was. Without a change nothing is written.
   * @throws AppError `forbidden`, `not-found`, `resource-gone`, `version-mismatch`, `resource-invalid`, `conflict`
   */
  update(caller: Caller, target: Target, content: Resource, options: WriteOptions): Promise<Written> {
    return this.change(caller, target, options, async () => content);
  }

  /**
   * Applies a JSON Patch to what the caller sees of a resource: what is hidden can be neither tested nor copied.
   * @throws AppError as `update`
   */
  patch(caller: Caller, target: Target, patch: unknown, options: WriteOptions): Promise<Written> {
    return this.change(caller, target, options, async ({ policy, kept }) => {
      const reading = policy.allows('read', kept.resource);
      if (!reading.allowed) throw await this.refused(caller, target, 'Whoever patches must be able to read');
      const result = patched(visible(kept.resource, reading.entry?.hiddenFields ?? []), patch);
      if ('problem' in result) throw resourceInvalid({ issues: [result.problem] });
      return result.resource;
    });
  }

  /**
   * Deletes a resource; its versions stay. Of what is deleted already nothing is left to do.
   * @throws AppError `forbidden`, `not-found`, `version-mismatch`, `profile-in-use`
   */
  async remove(caller: Caller, target: Target, ifMatch: IfMatch): Promise<void> {
    for (let attempt = 1; attempt <= maxAttempts; attempt++) {
      const { kept, home, projectId } = await this.access.find(caller, 'delete', target, { deleted: true });
      const writing = home.writing!;
      checkIfMatch(ifMatch, kept.resource);
      if (kept.deleted) return;
      const last = signed(caller, writing.versioned(projectId, kept.resource, kept.resource));
      const remove = (tx: Tx) => writing.remove!(tx, caller.actor, projectId, kept.resource, last);
      try {
        if (await this.db.tx(remove)) return;
      } catch (error) {
        if (isStale(error)) continue;
        if (error instanceof AppError && error.kind === 'conflict')
          await this.access.refuse(caller, 'delete', target, error.message);
        throw error;
      }
    }
    throw conflict();
  }

  private async change(
    caller: Caller,
    target: Target,
    options: WriteOptions,
    contentFor: (found: Found) => Promise<Resource>,
  ): Promise<Written> {
    for (let attempt = 1; attempt <= maxAttempts; attempt++) {
      const found = await this.access.find(caller, 'update', target);
      checkIfMatch(options.ifMatch, found.kept.resource);
      const written = await this.changed(caller, target, found, await contentFor(found), options.extended);
      if (written) return written;
    }
    throw conflict();
  }

  /** @returns `undefined` when somebody else was faster. */
  private async changed(
    caller: Caller,
    target: Target,
    found: Found,
    content: Resource,
    extended: boolean,
  ): Promise<Written | undefined> {
    const { policy, projectId, home } = found;
    const writing = home.writing!;
    const before = found.kept.resource;
    const meta = { ...freeMeta(content.meta), project: before.meta?.['project'] };
    const parts = { content, stamped: { ...content, id: found.id, meta }, before, inherited: [] };
    const given = withAccounts(caller, parts, extended);
    const draft = await this.opened(caller, target, draftWrite(policy, { before, given }));
    if (isSame(before, draft.after)) return this.written(found, before);
    const next = { ...draft, after: writing.versioned(projectId, draft.after, before) };
    const after = await this.judge(caller, target, found, next);
    const update = this.db.tx((tx) => writing.update!(tx, caller.actor, projectId, before, after));
    const kept = await update.catch(unlessStale);
    return kept && this.written(found, kept);
  }

  /** A draft that an entry opens. @throws AppError `forbidden`, `hidden-would-be-lost` */
  private async opened(caller: Caller, target: Target, draft: WriteDraft): Promise<WriteDraft> {
    if (draft.verdict.allowed) return draft;
    const refusal = await this.refused(caller, target, draft.verdict.reason, draft.before);
    throw draft.lost === undefined ? refusal : hiddenWouldBeLost({ field: draft.lost });
  }

  /** The resource as it is to be kept. @throws AppError `resource-invalid`, `forbidden` for a condition not met */
  private async judge(
    caller: Caller,
    target: Target,
    { projectId, home }: Reached,
    draft: WriteDraft,
  ): Promise<Resource> {
    // What a view is written over judges it itself.
    if (home.isDocument) await this.soundness.check(projectId, draft.after, draft.before);
    const after = signed(caller, draft.after);
    const verdict = await meetsConditions(this.fhirpath, turnOf(caller), { ...draft, after });
    if (!verdict.allowed) throw await this.refused(caller, target, verdict.reason, draft.before);
    return after;
  }

  private async refused(caller: Caller, target: Target, reason: string, before?: Resource) {
    await this.access.refuse(caller, before || target.id ? 'update' : 'create', target, reason);
    return forbidden();
  }

  private written({ policy, home }: Reached, resource: Resource): Written {
    const { resourceType, id, meta } = resource;
    const reading = policy.allows('read', resource);
    const seen = reading.allowed ? visible(resource, reading.entry?.hiddenFields ?? []) : undefined;
    const version = home.history ? `/_history/${meta?.['versionId']}` : '';
    return { resource, place: `${resourceType}/${id}${version}`, visible: seen };
  }
}

/** Somebody else was faster: there is nothing to tell, the change is made anew. */
function unlessStale(error: unknown): undefined {
  if (isStale(error)) return undefined;
  throw error;
}

function isStale(error: unknown): boolean {
  return error instanceof AppError && error.code === 'conflict';
}
