import type { Interaction } from '../access-policy/interactions.js';
import type { Actor } from '../kernel/actor.js';
import type { Id, ProjectId } from '../kernel/ids.js';
import type { SearchQuery } from '../kernel/table-search.js';
import type { Tx } from '../kernel/tx.js';
import type { SearchPage } from '../r4/search-page.js';
import type { Resource } from '../r4/search-row.js';

/** A resource as its home keeps it. */
export interface KeptResource {
  readonly resource: Resource;
  /** It was deleted, and this is what it was last. */
  readonly deleted: boolean;
  /** Whether with this version the resource was made; absent: if it is the oldest one that is kept. */
  readonly first?: boolean;
}

/**
 * Where the resources of some types are kept. What is optional cannot be done to these types. A home judges no rights and
 * knows no other project than the one that it is asked about.
 */
export interface ResourceHome {
  /** No type has two homes. */
  readonly types: readonly string[];
  /** Kept as they were written, so that others may contain and refer to them; the rest are views over other tables. */
  readonly isDocument: boolean;
  /** The resource as it is now; `undefined` when the project never had it. */
  read(tx: Tx, projectId: ProjectId, type: string, id: Id): Promise<KeptResource | undefined>;
  readonly history?: ResourceHistory;
  readonly searching?: ResourceSearching;
  readonly writing?: ResourceWriting;
}

/** What can be done with resources of a home. */
export function interactionsOf({ history, searching, writing }: ResourceHome): Interaction[] {
  return [
    'read',
    ...(history ? (['vread', 'history'] as const) : []),
    ...(searching ? (['search'] as const) : []),
    ...(writing?.create ? (['create'] as const) : []),
    ...(writing?.update ? (['update'] as const) : []),
    ...(writing?.remove ? (['delete'] as const) : []),
  ];
}

/** What resources were before. */
export interface ResourceHistory {
  version(
    tx: Tx,
    projectId: ProjectId,
    type: string,
    id: Id,
    /** As it was asked for. */
    versionId: string,
  ): Promise<KeptResource | undefined>;
  /** The versions of a resource since a time, newest first. */
  versions(
    tx: Tx,
    projectId: ProjectId,
    type: string,
    id: Id,
    query: { readonly since: Date; readonly limit: number; readonly offset: number },
  ): Promise<KeptResource[]>;
}

/** How resources are found. */
export interface ResourceSearching {
  /** Sees to it that a search misses nothing. Not inside a transaction. @throws AppError of kind `unavailable` */
  ready(projectId: ProjectId, type: string): Promise<void>;
  /** A part of the resources that the predicate finds; reads no others. */
  search(tx: Tx, projectId: ProjectId, type: string, query: SearchQuery): Promise<SearchPage>;
}

/** A resource that was just made. */
export interface MadeResource {
  readonly resource: Resource;
  /** Elements that are shown this once, to whoever made it. */
  readonly once?: Readonly<Record<string, unknown>>;
}

/** How resources are changed; what is absent cannot be done. Whoever writes has judged rights, and the content of documents. */
export interface ResourceWriting {
  /** A resource as it would be kept: with its id, a new version and its time. Writes nothing. */
  versioned(projectId: ProjectId, content: Resource, before?: Resource): Resource;
  /** @returns the resource as it is kept. */
  create?(tx: Tx, actor: Actor, projectId: ProjectId, resource: Resource): Promise<MadeResource>;
  /**
   * Lets one transaction after the other go on that names the same words, until each has ended. Where it is absent, nothing
   * is made under a condition.
   */
  takeTurn?(tx: Tx, projectId: ProjectId, type: string, words: string): Promise<void>;
  /**
   * @returns the resource as it is kept; `undefined` when `before` no longer was: nothing was written.
   * @throws AppError `conflict` for the same.
   */
  update?(
    tx: Tx,
    actor: Actor,
    projectId: ProjectId,
    before: Resource,
    resource: Resource,
  ): Promise<Resource | undefined>;
  /**
   * @param last what it was, with the version and time of the deletion.
   * @returns false when `before` is no longer what is kept: nothing was written.
   * @throws AppError `conflict` for the same; others when it is needed
   */
  remove?(tx: Tx, actor: Actor, projectId: ProjectId, before: Resource, last: Resource): Promise<boolean>;
}
