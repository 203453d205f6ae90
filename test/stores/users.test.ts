import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { User } from '../../src/identities/user.entity.js';
import { UsersService } from '../../src/identities/users.service.js';
import { newId, type ProjectId, type UserId } from '../../src/kernel/ids.js';
import { actor, type DomainNode, refusal, startDomain, twoProjects } from './domain-node.js';

let node: DomainNode;
let users: UsersService;
let north: ProjectId;
let south: ProjectId;

beforeAll(async () => {
  node = await startDomain();
  users = node.get(UsersService);
  const world = await twoProjects(node);
  north = world.north.id;
  south = world.south.id;
});
afterAll(() => node.close());

let count = 0;
const address = () => `user-${++count}@example.org`;
const make = (projectId: ProjectId | null, email = address()) =>
  node.tx((tx) => users.create(tx, actor, { projectId, email, givenName: 'Ada', familyName: 'Quill' }));
const signIn = (email: string, projectId: ProjectId | null) =>
  node.tx((tx) => users.findForSignIn(tx, email, projectId));

describe('users', () => {
  it('have one address, however it is typed', async () => {
    const made = await make(north, '  Rene\u0301e@M\u00fcller.Example ');
    expect(made).toMatchObject({
      email: 'ren\u00e9e@xn--mller-kva.example',
      projectId: north,
      active: true,
      emailVerified: false,
      claimedAt: null,
    });
    await expect(make(north, 'REN\u00c9E@m\u00fcller.example')).rejects.toEqual(refusal('email-taken'));
    expect(await signIn('Ren\u00e9e@XN--MLLER-KVA.example', north)).toMatchObject({ id: made.id });
  });

  it('may have the same address once on the server and once in each project', async () => {
    const email = address();
    const [server, inNorth, inSouth] = [
      await make(null, email),
      await make(north, email),
      await make(south, email),
    ];
    await expect(make(null, email)).rejects.toEqual(refusal('email-taken'));
    expect((await signIn(email, north))?.id).toBe(inNorth.id);
    expect((await signIn(email, south))?.id).toBe(inSouth.id);
    expect((await signIn(email, null))?.id).toBe(server.id);
  });

  it('of the server sign in to a project that has no user of its own with the address', async () => {
    const email = address();
    const { id } = await make(null, email);
    expect((await signIn(email, north))?.id).toBe(id);
  });

  it('of a project sign in nowhere else', async () => {
    const email = address();
    await make(north, email);
    expect(await signIn(email, south)).toBeUndefined();
    expect(await signIn(email, null)).toBeUndefined();
    expect(await signIn('no address', north)).toBeUndefined();
  });

  it('are found for signing in by index, in one statement', async () => {
    const plan = await node.tx(async (tx) => {
      await tx.manager.query('SET LOCAL enable_seqscan = off');
      return tx.manager.query(
        `EXPLAIN SELECT id FROM user_account WHERE email = 'a@example.org' AND (project_id = '${north}' OR project_id IS NULL)
         ORDER BY project_id NULLS LAST LIMIT 1`,
      );
    });
    expect(JSON.stringify(plan)).toContain('uq_user_account_server_email');
    expect(JSON.stringify(plan)).toContain('uq_user_account_project_email');
  });

  it.each([
    ['no address', { email: 'ada' }, 'email'],
    ['no given name', { givenName: ' ' }, 'givenName'],
    ['a long name', { familyName: 'x'.repeat(129) }, 'familyName'],
    ['a name that runs backwards', { familyName: 'a\u202eb' }, 'familyName'],
  ])('refuse %s', async (_, wrong, field) => {
    const input = { projectId: north, email: address(), givenName: 'Ada', familyName: 'Quill', ...wrong };
    await expect(node.tx((tx) => users.create(tx, actor, input))).rejects.toEqual(
      refusal('invalid-input', field),
    );
  });

  it('change names, one at a time', async () => {
    const { id } = await make(north);
    const changed = await node.tx((tx) =>
      users.edit(tx, actor, north, id, 1, { familyName: 'Quillfeather' }),
    );
    expect(changed).toMatchObject({ givenName: 'Ada', familyName: 'Quillfeather', version: 2 });
    await expect(
      node.tx((tx) => users.edit(tx, actor, north, id, 1, { familyName: 'Other' })),
    ).rejects.toEqual(refusal('conflict'));
  });

  it('are deactivated and activated at once', async () => {
    const { id } = await make(north);
    expect(await users.find(id)).toMatchObject({ active: true });
    await node.tx((tx) => users.deactivate(tx, actor, north, id));
    expect(await users.find(id)).toMatchObject({ active: false });
    await node.tx((tx) => users.activate(tx, actor, north, id));
    expect(await users.find(id)).toMatchObject({ active: true });
    expect((await node.recorded(`User/${id}`)).map(({ type }) => type)).toEqual([
      'user.created',
      'user.changed',
      'user.changed',
    ]);
  });

  it('are claimed once, by the first proof of the address', async () => {
    const { id } = await make(null);
    const claim = () => node.tx((tx) => users.claim(tx, actor, id));
    const first = await claim();
    expect(first).toMatchObject({ first: true, user: { emailVerified: true, claimedAt: expect.any(Date) } });
    expect(await claim()).toMatchObject({ first: false, user: { claimedAt: first.user.claimedAt } });
  });

  it('of the server leave their records in the server’s chain, those of a project in its own (rulings 25)', async () => {
    const [server, own] = [await make(null), await make(north)];
    expect((await node.recorded(`User/${server.id}`))[0]?.projectId).toBeNull();
    expect((await node.recorded(`User/${own.id}`))[0]?.projectId).toBe(north);
  });

  it('of another scope are not found, whatever is asked (V22, F61, F108)', async () => {
    const foreign: [string, UserId][] = [
      ['another project', (await make(south)).id],
      ['the server', (await make(null)).id],
      ['nowhere', newId<'User'>(Date.now())],
    ];
    for (const [, id] of foreign) {
      const acts = [
        node.tx((tx) => users.get(tx, north, id)),
        node.tx((tx) => users.edit(tx, actor, north, id, 1, { givenName: 'Eve' })),
        node.tx((tx) => users.deactivate(tx, actor, north, id)),
        node.tx((tx) => users.activate(tx, actor, north, id)),
      ];
      for (const act of acts) await expect(act).rejects.toEqual(refusal('not-found'));
    }
    const [own] = [await make(north)];
    await expect(node.tx((tx) => users.get(tx, null, own.id))).rejects.toEqual(refusal('not-found'));
  });

  it('are listed for their scope only', async () => {
    for (const projectId of [north, south, null]) {
      await make(projectId);
      const { rows } = await node.tx((tx) => users.list(tx, { projectId, first: 100 }));
      expect(rows.length).toBeGreaterThan(0);
      expect(new Set(rows.map((user) => user.projectId))).toEqual(new Set([projectId]));
    }
    const page = await node.tx((tx) => users.list(tx, { projectId: north, first: 1 }));
    expect(page).toMatchObject({ hasNext: true, rows: [expect.any(User)] });
    const next = await node.tx((tx) =>
      users.list(tx, { projectId: north, first: 1, after: page.rows[0]!.id }),
    );
    expect(next.rows[0]!.id > page.rows[0]!.id).toBe(true);
  });
});
