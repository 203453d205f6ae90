import { Injectable } from '@nestjs/common';
import type { Id, ProjectId } from '../kernel/ids.js';
import type { Page, PageQuery } from '../kernel/page.js';
import { Sealer, sameBytes } from '../kernel/secrets.js';
import { badCursor } from './admin-api.errors.js';
import type { Connection } from './connection.view.js';
import { defaultFirst, type PageArgs } from './paging.types.js';

/** Which list a cursor belongs to: the query, whose rows it lists, and what else narrows it down. */
export interface ListKey {
  readonly query: string;
  /** `null`: what belongs to the server. */
  readonly owner?: ProjectId | null;
  readonly filter?: readonly unknown[];
}

const idBytes = 16;
const macBytes = 16;

/**
 * Pages of lists. A cursor is the id of a row under a MAC that binds it to its list, so that it says nothing
 * about, and opens nothing in, another one (F96).
 */
@Injectable()
export class PagingService {
  constructor(private readonly sealer: Sealer) {}

  /** What to read. @throws AppError `bad-cursor` */
  query<RowId extends Id>(list: ListKey, { first, after }: PageArgs): PageQuery<RowId> {
    const size = first ?? defaultFirst;
    return after == null ? { first: size } : { first: size, after: this.open(list, after) as RowId };
  }

  /** The page as a connection. */
  connect<Row, Node extends { readonly id: string }>(
    list: ListKey,
    { after }: PageArgs,
    { rows, hasNext }: Page<Row>,
    view: (row: Row) => Node,
  ): Connection<Node> {
    const edges = rows.map((row) => {
      const node = view(row);
      return { node, cursor: this.close(list, node.id) };
    });
    return {
      edges,
      pageInfo: {
        hasNextPage: hasNext,
        hasPreviousPage: after != null,
        startCursor: edges[0]?.cursor ?? null,
        endCursor: edges.at(-1)?.cursor ?? null,
      },
    };
  }

  private close(list: ListKey, id: string): string {
    const mac = this.mac(list, id, this.sealer.currentKeyId);
    return Buffer.concat([Buffer.from(id.replaceAll('-', ''), 'hex'), mac]).toString('base64url');
  }

  private open(list: ListKey, cursor: string): Id {
    const bytes = Buffer.from(cursor.slice(0, 64), 'base64url');
    if (bytes.length !== idBytes + macBytes || bytes.toString('base64url') !== cursor) throw badCursor();
    const hex = bytes.subarray(0, idBytes).toString('hex');
    const id = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
    // Sealing keys may be exchanged while somebody is paging.
    const isOurs = this.sealer.keyIds.some((key) =>
      sameBytes(this.mac(list, id, key), bytes.subarray(idBytes)),
    );
    if (!isOurs) throw badCursor();
    return id as Id;
  }

  private mac({ query, owner = null, filter = [] }: ListKey, id: string, keyId: string): Buffer {
    return this.sealer
      .keyedHash('cursor', JSON.stringify([query, owner, filter, id]), keyId)
      .subarray(0, macBytes);
  }
}
