import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { isObjectType } from 'graphql';
import { type AdminWorld, type GraphqlAnswer, type Role, startAdminWorld } from '../helpers/admin-world.js';
import type { WorldProject } from '../helpers/world.js';
import { askOperation, fields, operationArgs, schema, selection } from './graphql-asking.js';
import { type Operation, operations } from './graphql-operations.js';

const stranger = '01890000-0000-7000-8000-00000000beef';

let world: AdminWorld;
beforeAll(async () => {
  world = await startAdminWorld();
});
afterAll(() => world.close());

const argsOf = (operation: Operation, project: WorldProject, named: string | undefined) =>
  operationArgs(world, operation, project, named);
const ask = (role: Role, path: string, args: object) => askOperation(world, role, path, args);
const codes = ({ errors }: GraphqlAnswer) => errors.map(({ extensions }) => extensions.code);

/** The newest act that the chain of a project has recorded as done. */
async function lastAct({ id }: WorldProject): Promise<string | undefined> {
  const { data } = await world.graphql(
    'super',
    `{ auditRecords(projectId: "${id}", first: 100) { edges { node { id outcome actorKind } } } }`,
  );
  const done = data.auditRecords.edges.filter(
    // What the server's own worker does follows from acts before, some time later.
    ({ node }: { node: { outcome: string; actorKind: string } }) =>
      node.outcome === 'SUCCESS' && node.actorKind !== 'SYSTEM',
  );
  return done[0]?.node.id;
}

describe('V15 V22 ASVS-8.2.2 ASVS-8.3.1 ASVS-8.4.1 every operation x role x project', () => {
  it('every field of Query and Mutation is in the table, and nothing else', () => {
    expect(Object.keys(operations).sort()).toEqual(fields.map(([path]) => path).sort());
  });

  describe.each(Object.entries(operations))('%s', (path, operation) => {
    const owner = operation.names === 'id' ? 'own id' : 'own';
    const idOf = (project: WorldProject) => project.id as string;
    const own = async () =>
      argsOf(operation, world.project, operation.names === 'id' ? idOf(world.project) : undefined);

    it('anonymous: 401, and nothing is told', async () => {
      const answer = await ask('anonymous', path, await own());
      expect(answer.status).toBe(401);
      expect(answer.headers.get('www-authenticate')).toContain('Bearer');
      expect(codes(answer)).toEqual(['UNAUTHENTICATED']);
      expect(answer.data).toBeUndefined();
    });

    it(`member: ${operation.rule === 'member' ? 'answered' : 'FORBIDDEN'}`, async () => {
      const answer = await ask('member', path, await own());
      expect(answer.status).toBe(200);
      expect(codes(answer)).toEqual(operation.rule === 'member' ? [] : ['FORBIDDEN']);
      if (operation.rule !== 'member') expect(answer.data).toBeNull();
    });

    it(`admin, ${owner} project: ${operation.rule === 'super-admin' ? 'FORBIDDEN' : 'answered'}`, async () => {
      const answer = await ask('admin', path, await own());
      expect(codes(answer)).toEqual(operation.rule === 'super-admin' ? ['FORBIDDEN'] : []);
      const told = JSON.stringify(answer);
      for (const secret of [world.other.id, world.other.person.userId, world.other.person.email])
        expect(told).not.toContain(secret);
    });

    it('super admin: answered in every project', async () => {
      const expected = operation.superGets ? [operation.superGets] : [];
      for (const project of [world.project, world.other]) {
        const answer = await ask('super', path, await argsOf(operation, project, project.id));
        expect(codes(answer)).toEqual(expected);
      }
    });

    if (operation.names) {
      it('admin, other project: NOT_FOUND in the words for one that does not exist, and nothing happens there', async () => {
        const args = await argsOf(operation, world.other, world.other.id);
        const before = await lastAct(world.other);
        const foreign = await ask('admin', path, args);
        const missing = await ask('admin', path, await argsOf(operation, world.project, stranger));
        expect(codes(foreign)).toEqual(['NOT_FOUND']);
        expect(foreign.errors).toEqual(missing.errors);
        expect(foreign.data).toBeNull();
        expect(await lastAct(world.other)).toBe(before);
      });
    }

    if (operation.row) {
      it('admin, a row of another project under the own one: NOT_FOUND, and nothing happens there', async () => {
        const args = await argsOf(operation, world.other, undefined);
        const before = await lastAct(world.other);
        for (const role of ['admin', 'super'] as const)
          expect(codes(await ask(role, path, args))).toEqual(['NOT_FOUND']);
        expect(await lastAct(world.other)).toBe(before);
      });
    }
  });

  it('ASVS-8.2.3 no output type has a field that no operation reaches', () => {
    const asked = new Set(fields.flatMap(([, field]) => selection(field.type).match(/\w+/g) ?? []));
    const types = Object.values(schema.getTypeMap()).filter(
      (type) =>
        isObjectType(type) && !type.name.startsWith('__') && !['Query', 'Mutation'].includes(type.name),
    );
    for (const type of types)
      for (const name of Object.keys((type as never as { getFields(): object }).getFields()))
        expect(asked).toContain(name);
  });

  it.each(['users', 'clients', 'auditRecords'])('an admin may not ask for %s of the server', async (list) => {
    const query = `{ ${list}(scope: SERVER) { edges { node { id } } } }`;
    expect(codes(await world.graphql('admin', query))).toEqual(['FORBIDDEN']);
    expect(codes(await world.graphql('super', query))).toEqual([]);
  });

  it('what is refused is recorded', async () => {
    // Beyond thirty a minute refusals are counted in one row.
    world.app.clock.advance(60_000);
    await world.graphql('member', '{ users { edges { node { id } } } }');
    await world.graphql('admin', `{ users(projectId: "${world.other.id}") { edges { node { id } } } }`);
    const { data } = await world.graphql(
      'admin',
      '{ auditRecords(types: [ACCESS_REFUSED], first: 2) { edges { node { outcome detail { name value } } } } }',
    );
    const details = data.auditRecords.edges.map(({ node }: { node: { detail: object } }) => node.detail);
    expect(details).toEqual([
      expect.arrayContaining([{ name: 'asked', value: 'other-project' }]),
      expect.arrayContaining([{ name: 'handler', value: 'UsersResolver.list' }]),
    ]);
  });
});
