import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import pg from 'pg';
import { type AdminWorld, startAdminWorld } from '../helpers/admin-world.js';
import { Maker } from './graphql-operations.js';

let world: AdminWorld;
let make: Maker;
beforeAll(async () => {
  world = await startAdminWorld();
  make = new Maker(world, world.project);
  for (let at = 0; at < 23; at++) await make.policy();
  for (let at = 0; at < 20; at++) await make.person();
  for (let at = 0; at < 10; at++) await make.rotatingClient();
  for (let at = 0; at < 20; at++) await make.login();
});
afterAll(() => world.close());

interface Listed {
  readonly edges: readonly { readonly cursor: string; readonly node: { readonly id: string } }[];
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
}

async function list(
  name: string,
  args: Record<string, unknown>,
  as: 'admin' | 'super' = 'admin',
): Promise<Listed> {
  const written = Object.entries(args).map(
    ([key, value]) => `${key}: ${key === 'types' || key === 'scope' ? value : JSON.stringify(value)}`,
  );
  const { data, errors } = await world.graphql(
    as,
    `{ ${name}${written.length > 0 ? `(${written.join(', ')})` : ''} { edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`,
  );
  if (errors.length > 0) throw new Error(errors[0]!.extensions.reason);
  return data[name];
}

describe('paging', () => {
  it.each([
    ['projects', 'super', 'old'],
    ['users', 'admin', 'old'],
    ['memberships', 'admin', 'old'],
    ['accessPolicies', 'admin', 'old'],
    ['clients', 'admin', 'old'],
    ['logins', 'admin', 'new'],
    ['auditRecords', 'admin', 'new'],
  ] as const)('%s: pages give every row once, in order', async (name, as, begin) => {
    const all = await list(name, { first: 100 }, as);
    const ids: string[] = [];
    let after: string | null = null;
    do {
      const page: Listed = await list(name, { first: 3, ...(after && { after }) }, as);
      expect(page.edges.length).toBeLessThanOrEqual(3);
      expect(page.pageInfo.hasPreviousPage).toBe(after !== null);
      expect(page.pageInfo.startCursor).toBe(page.edges[0]!.cursor);
      expect(page.pageInfo.endCursor).toBe(page.edges.at(-1)!.cursor);
      ids.push(...page.edges.map(({ node }) => node.id));
      after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
    } while (after && ids.length < 100);
    const expected = all.edges.map(({ node }) => node.id).slice(0, ids.length);
    // Refusals of other tests may be recorded in between; lists of rows stay as they are.
    if (name !== 'auditRecords') expect(ids).toEqual(expected);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toEqual(begin === 'old' ? [...ids].sort() : [...ids].sort().reverse());
  });

  it('an empty list has no cursors', async () => {
    expect(await list('deadLetters', {}, 'super')).toEqual({
      edges: [],
      pageInfo: { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null },
    });
  });

  it('without first a page has twenty rows', async () => {
    expect((await list('accessPolicies', {})).edges).toHaveLength(20);
  });

  it('sessions of a person are paged, newest first', async () => {
    const { id, userId } = await make.session();
    const page = await list('sessions', { userId, first: 1 });
    expect(page.edges.map(({ node }) => node.id)).toEqual([id]);
    expect((await list('sessions', { userId, first: 1, after: page.pageInfo.endCursor })).edges).toEqual([]);
  });

  it('logins of one person are found, and only those', async () => {
    const { id, userId } = await make.login();
    expect((await list('logins', { userId })).edges.map(({ node }) => node.id)).toEqual([id]);
  });

  it('audit records are narrowed down by type', async () => {
    const { data } = await world.graphql(
      'admin',
      '{ auditRecords(types: [LOGIN_CREATED, CLIENT_CREATED], first: 100) { edges { node { type } } } }',
    );
    const types = data.auditRecords.edges.map(({ node }: { node: { type: string } }) => node.type);
    expect(new Set(types)).toEqual(new Set(['LOGIN_CREATED', 'CLIENT_CREATED']));
  });
});

describe('F96 a cursor is good for its own list only', () => {
  const cursorOf = async (
    name: string,
    args: Record<string, unknown> = {},
    as: 'admin' | 'super' = 'admin',
  ) => (await list(name, { first: 1, ...args }, as)).edges[0]!.cursor;

  it('it says nothing about the order or the place of other rows', async () => {
    const { edges } = await list('users', { first: 3 });
    for (const { cursor } of edges) expect(cursor).toMatch(/^[\w-]{43}$/);
  });

  it.each([
    ['another list', 'memberships', {}, 'admin'],
    ['the same list of another project', 'users', { projectId: 'other' }, 'super'],
    ['the same list of the server', 'users', { scope: 'SERVER' }, 'super'],
  ] as const)('it is refused in %s', async (_, name, args, as) => {
    const after = await cursorOf('users');
    const named = 'projectId' in args ? { projectId: world.other.id } : args;
    await expect(list(name, { ...named, after }, as)).rejects.toThrow('bad-cursor');
  });

  it('it is refused where the list is narrowed down otherwise', async () => {
    const after = await cursorOf('auditRecords');
    await expect(list('auditRecords', { types: '[LOGIN_CREATED]', after })).rejects.toThrow('bad-cursor');
  });

  it('it is refused when a bit was changed or it was made up', async () => {
    const after = await cursorOf('users');
    const bytes = Buffer.from(after, 'base64url');
    for (const at of [0, 15, 16, 31]) {
      const changed = Buffer.from(bytes);
      changed[at]! ^= 1;
      await expect(list('users', { after: changed.toString('base64url') })).rejects.toThrow('bad-cursor');
    }
    for (const made of ['', ' ', after.slice(1), `${after}A`, `${after}=`, 'A'.repeat(43), 'x'.repeat(500)])
      await expect(list('users', { after: made })).rejects.toThrow('bad-cursor');
    expect((await list('users', { after })).edges.length).toBeGreaterThan(0);
  });
});

describe('cost', () => {
  /** The SQL statements that a query makes on the connections for reads. */
  async function statementsOf(query: string): Promise<number> {
    const original = pg.Client.prototype.query;
    const spy = jest.spyOn(pg.Client.prototype, 'query');
    let count = 0;
    spy.mockImplementation(function (this: pg.Client, ...args: unknown[]) {
      const { connectionParameters } = this as unknown as {
        connectionParameters: { application_name?: string };
      };
      if (connectionParameters.application_name === 'carekey reads') count += 1;
      return (original as (...args: unknown[]) => unknown).apply(this, args) as never;
    } as never);
    try {
      const { errors } = await world.graphql('admin', query);
      expect(errors).toEqual([]);
      return count;
    } finally {
      spy.mockRestore();
    }
  }

  it.each([
    [
      'memberships',
      (first: number) =>
        `{ memberships(first: ${first}) { edges { node { id profile { display } user { email } client { name secret { createdAt } } accessPolicy { name } } } } }`,
      [10, 30, 60],
    ],
    [
      'clients',
      (first: number) => `{ clients(first: ${first}) { edges { node { id secret { rotating } } } } }`,
      [3, 12],
    ],
    [
      'logins',
      (first: number) => `{ logins(first: ${first}) { edges { node { id clientName user { email } } } } }`,
      [2, 20],
    ],
    [
      'auditRecords',
      (first: number) => `{ auditRecords(first: ${first}) { edges { node { id detail { value } } } } }`,
      [60, 100],
    ],
  ] as const)('%s: as many statements for many rows as for few', async (_, query, sizes) => {
    await statementsOf(query(sizes[0]));
    const counts: number[] = [];
    for (const size of sizes) counts.push(await statementsOf(query(size)));
    expect(counts[0]).toBeGreaterThan(0);
    expect(Math.max(...counts)).toBe(Math.min(...counts));
    expect(Math.max(...counts)).toBeLessThanOrEqual(6);
  });
});
