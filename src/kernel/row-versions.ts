import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { EntityTarget, ObjectLiteral } from 'typeorm';
import type { Actor } from './actor.js';
import type { Id, ProjectId } from './ids.js';
import { Purges } from './purges.js';
import type { RowVersion } from './row-version.entity.js';
import { RowVersionsStore, type VersionedPlace } from './row-versions.store.js';
import type { Tx } from './tx.js';

/** A row that counts its writes. */
export interface CountedRow extends ObjectLiteral {
  readonly id: string;
  readonly version: number;
  readonly updatedAt: Date;
  /** The profile that wrote it, as `Type/id`; `null` for the server itself. */
  readonly author?: string | null;
}

/** A row as it is or was. */
export interface RowState<Row> {
  readonly row: Row;
  /** It was deleted, and this is what it was last. */
  readonly deleted: boolean;
}

/** A write over a row. */
export interface RowChange<Row> {
  /** The project that the row is of; of what belongs to none no versions are kept. */
  readonly projectId: ProjectId | null;
  readonly before: Row;
  /** The version that the caller read. */
  readonly version: number;
  readonly actor: Actor;
}

/** Which versions of a row, newest first. */
export interface RowVersionsQuery {
  readonly since: Date;
  readonly limit: number;
  readonly offset: number;
}

const years = 6;
const tooLate = years * 366 * 86_400_000;

/**
 * Keeps what rows were. A row that is written over or deleted leaves its columns behind in the same transaction, whoever
 * writes; the newest version is the row itself. What is kept is what the table has: no secrets where the table has none.
 */
@Injectable()
export class RowVersions implements OnModuleInit {
  constructor(
    private readonly store: RowVersionsStore,
    private readonly purges: Purges,
  ) {}

  onModuleInit(): void {
    this.purges.register({
      table: 'row_version',
      life: `${years} years from the change or deletion that took its place`,
      purge: (tx, now, limit) => this.store.purge(tx, new Date(now.getTime() - tooLate), limit),
    });
  }

  /** Writes changes over a row, if it still has the version that was read; answers whether it did. */
  async replace<Row extends CountedRow>(
    tx: Tx,
    entity: EntityTarget<Row>,
    { projectId, before, version, actor }: RowChange<Row>,
    changes: Partial<Row> & { readonly updatedAt: Date },
  ): Promise<boolean> {
    // Of any other version `before` is not what is written over.
    if (before.version !== version) return false;
    const next = { ...changes, author: actor.profile ?? null, version: version + 1 };
    const { affected } = await tx.manager.update(entity, { id: before.id, version } as never, next as never);
    if (affected !== 1) return false;
    if (projectId) this.keep(tx, columnsOf(tx, entity, before), projectId, changes.updatedAt);
    return true;
  }

  /** Deletes a row, if it still has the version that was read; answers whether it did. Its versions stay. */
  async remove<Row extends CountedRow>(
    tx: Tx,
    entity: EntityTarget<Row>,
    { projectId, before, version, actor }: RowChange<Row>,
    at: Date,
  ): Promise<boolean> {
    if (before.version !== version) return false;
    const { affected } = await tx.manager.delete(entity, { id: before.id, version } as never);
    if (affected !== 1) return false;
    if (!projectId) return true;
    const kept = columnsOf(tx, entity, before);
    this.keep(tx, kept, projectId, at);
    const last = { ...before, version: version + 1, updatedAt: at, author: actor.profile ?? null };
    this.store.add(tx, { ...versionOf(columnsOf(tx, entity, last), projectId, at), deleted: true });
    return true;
  }

  /** Keeps what stood beside a row, in a table of its own, until a version of the row was replaced. */
  keepBeside(tx: Tx, place: VersionedPlace, version: number, content: object, at: Date): void {
    const { table: tableName, projectId, id: rowId } = place;
    this.store.add(tx, {
      rowId,
      tableName,
      version,
      projectId,
      content: content as Record<string, unknown>,
      deleted: false,
      updatedAt: at,
      replacedAt: at,
    });
  }

  /** What `keepBeside` kept since a version, oldest first: each holds up to and with its own version. */
  async beside(
    tx: Tx,
    place: VersionedPlace,
    version: number,
  ): Promise<{ version: number; content: object }[]> {
    return this.store.listFrom(tx, place, version);
  }

  /** A row as it was; `undefined` where that is not kept, and for the newest version, which is the row. */
  async find<Row>(tx: Tx, place: VersionedPlace, version: number): Promise<RowState<Row> | undefined> {
    const found = await this.store.find(tx, place, version);
    return found && stateOf<Row>(found);
  }

  /**
   * What a row is and was, newest first; without the row, what it was.
   * @param now the row, where it is.
   */
  async list<Row extends CountedRow>(
    tx: Tx,
    place: VersionedPlace,
    now: Row | undefined,
    { since, limit, offset }: RowVersionsQuery,
  ): Promise<RowState<Row>[]> {
    const isListed = now !== undefined && now.updatedAt >= since;
    const first = isListed && offset === 0 && limit > 0 ? [{ row: now, deleted: false }] : [];
    const older = await this.store.list(tx, place, {
      // Read after the row, which may have become an old one in between.
      below: now?.version,
      since,
      limit: limit - first.length,
      offset: isListed ? Math.max(0, offset - 1) : offset,
    });
    return [...first, ...older.map(stateOf<Row>)];
  }

  private keep(
    tx: Tx,
    kept: { readonly table: string; readonly content: CountedRow },
    projectId: ProjectId,
    at: Date,
  ): void {
    this.store.add(tx, versionOf(kept, projectId, at));
  }
}

function versionOf(
  { table, content }: { readonly table: string; readonly content: CountedRow },
  projectId: ProjectId,
  replacedAt: Date,
): RowVersion {
  const { id, version, updatedAt } = content;
  return {
    rowId: id as Id,
    tableName: table,
    version,
    projectId,
    content,
    deleted: false,
    updatedAt,
    replacedAt,
  };
}

/** What the table has of a row, and nothing else that came with it: not what it is found by, no hash of another table. */
function columnsOf<Row extends CountedRow>(tx: Tx, entity: EntityTarget<Row>, row: Row) {
  const { tableName: table, columns } = tx.manager.connection.getMetadata(entity);
  const named = columns.filter(({ isSelect }) => isSelect).map(({ propertyName: name }) => [name, row[name]]);
  return { table, content: Object.fromEntries(named) as CountedRow };
}

function stateOf<Row>({ content, updatedAt, deleted }: RowVersion): RowState<Row> {
  return { row: { ...content, updatedAt } as Row, deleted };
}
