import { Injectable } from '@nestjs/common';
import { Db } from '../kernel/db.js';
import type { ProjectId } from '../kernel/ids.js';
import type { SearchQuery } from '../kernel/table-search.js';
import type { Tx } from '../kernel/tx.js';
import { indexBehind } from '../r4/r4.errors.js';
import type { SearchPage } from '../r4/search-page.js';
import { DirectoryIndexStore, type Unindexed } from './directory-index.store.js';
import { DirectorySearchStore } from './directory-search.store.js';
import { indexEntry } from './search-index.js';

/** What one search indexes of its type, at most. The background takes over where there is more. */
export const maxIndexedBySearch = 500;
const batchSize = 100;

/** Finds resources that are kept here. Judges no rights. */
@Injectable()
export class DirectorySearchService {
  constructor(
    private readonly db: Db,
    private readonly index: DirectoryIndexStore,
    private readonly store: DirectorySearchStore,
  ) {}

  /**
   * Sees to it that a search of the type misses nothing: what has no index yet gets one. Not inside a transaction.
   * @throws AppError `search-index-behind` when there is more than one request should do; it did some of it.
   */
  async ready(projectId: ProjectId, type: string): Promise<void> {
    const left = await this.db.read((tx) =>
      this.index.countStale(tx, projectId, type, maxIndexedBySearch + 1),
    );
    for (let done = 0; done < Math.min(left, maxIndexedBySearch); done += batchSize)
      await this.db.tx(async (tx) =>
        this.indexAll(tx, await this.index.takeStale(tx, projectId, type, batchSize)),
      );
    if (left > maxIndexedBySearch) throw indexBehind({ retryAfter: 5 });
  }

  /** A part of the resources that a predicate over `searchRow` finds. Call `ready` first. */
  search(tx: Tx, projectId: ProjectId, type: string, query: SearchQuery): Promise<SearchPage> {
    return this.store.search(tx, projectId, type, query);
  }

  /** Whether so many resources have no index that searches alone should not be left to make it. */
  isFarBehind(tx: Tx): Promise<boolean> {
    return this.index
      .countStaleAnywhere(tx, maxIndexedBySearch + 1)
      .then((left) => left > maxIndexedBySearch);
  }

  /** Indexes some that have no index, of any project. @returns how many. */
  async catchUp(tx: Tx): Promise<number> {
    const found = await this.index.takeStaleAnywhere(tx, batchSize);
    await this.indexAll(tx, found);
    return found.length;
  }

  private async indexAll(tx: Tx, found: readonly Unindexed[]): Promise<void> {
    for (const { id, projectId, content } of found)
      await this.index.write(tx, id, indexEntry(projectId, content));
  }
}
