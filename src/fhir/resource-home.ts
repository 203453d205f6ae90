import type { Id, ProjectId } from '../kernel/ids.js';
import type { Tx } from '../kernel/tx.js';
import type { Resource } from '../r4/search-row.js';

/** A resource as its home keeps it. */
export interface KeptResource {
  readonly resource: Resource;
  /** It was deleted, and this is what it was last. */
  readonly deleted: boolean;
}

/**
 * Where the resources of some types are kept. What is optional cannot be done to these types. A home judges no rights and
 * knows no other project than the one that it is asked about.
 */
export interface ResourceHome {
  /** No type has two homes. */
  readonly types: readonly string[];
  /** The resource as it is now; `undefined` when the project never had it. */
  read(tx: Tx, projectId: ProjectId, type: string, id: Id): Promise<KeptResource | undefined>;
}
