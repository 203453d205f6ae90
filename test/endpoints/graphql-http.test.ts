import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'graphql';
import { Db } from '../../src/kernel/db.js';
import { type AdminWorld, startAdminWorld } from '../helpers/admin-world.js';

let world: AdminWorld;
beforeAll(async () => {
  world = await startAdminWorld();
});
afterAll(() => world.close());

const json = (body: unknown) => JSON.stringify(body);
const me = '{ me { kind } }';

describe('requests to /graphql', () => {
  it.each([
    ['no query', json({ variables: {} })],
    ['an empty query', json({ query: '' })],
    ['a query that is no text', json({ query: { kind: 'Document' } })],
    ['a batch', json([{ query: me }, { query: me }])],
    ['variables in a list', json({ query: me, variables: [] })],
    ['variables as text', json({ query: me, variables: '{}' })],
    ['an operation name that is no text', json({ query: me, operationName: 5 })],
    ['null', 'null'],
    ['a syntax tree in JSON, past the limit of tokens', json({ query: JSON.stringify(parse(me)) })],
    ['a list in JSON', json({ query: ' [{"kind":"Document"}]' })],
    ['a number', json({ query: '7' })],
    ['an empty object', json({ query: '{ }' })],
  ])('%s: 400', async (_, body) => {
    const { status, errors, data } = await world.post(world.tokens.super, body);
    expect(status).toBe(400);
    expect(errors.map(({ extensions }) => extensions.code)).toEqual(['BAD_USER_INPUT']);
    expect(data).toBeUndefined();
  });

  it.each([
    'text/plain',
    'application/graphql',
    'multipart/form-data; boundary=x',
    'application/x-www-form-urlencoded',
  ])('a body of type %s: 400', async (type) => {
    const body = type.endsWith('urlencoded') ? new URLSearchParams({ query: me }) : json({ query: me });
    expect((await world.post(world.tokens.super, body, type)).status).toBe(400);
  });

  it('malformed JSON and a body beyond a megabyte are refused, without a stack trace', async () => {
    const send = (body: string) =>
      world.agent.request('graphql', {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${world.tokens.super}` },
        body,
      });
    for (const [body, status] of [
      ['{"query": "{ me', 400],
      [json({ query: me, variables: { filler: 'x'.repeat(1_100_000) } }), 413],
    ] as const) {
      const answer = await send(body);
      expect(answer.status).toBe(status);
      expect(JSON.stringify(answer.body)).not.toMatch(/\bat \//);
    }
  });

  it('GET executes nothing: it is the page of GraphiQL while local, whatever comes with it', async () => {
    const headers = { authorization: `Bearer ${world.tokens.super}` };
    const bare = await world.agent.get('graphql');
    for (const path of ['graphql', `graphql?query=${encodeURIComponent(me)}`])
      expect((await world.agent.get(path, headers)).body).toBe(bare.body);
  });

  it('a token counts in the header only: not in a cookie, the address or the body', async () => {
    const token = world.tokens.super;
    const body = json({ query: me, access_token: token });
    const answer = await world.agent.request(`graphql?access_token=${token}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        cookie: `carekey-session=${token}; access_token=${token}; authorization=Bearer ${token}`,
      },
      body,
    });
    expect(answer.status).toBe(401);
  });

  it.each(['not-a-token', 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.'])('a bad token, %s: 401', async (token) => {
    const { status, errors } = await world.graphql({ token }, '{ __typename ');
    expect(status).toBe(401);
    expect(errors[0]?.extensions.code).toBe('UNAUTHENTICATED');
  });

  it('answers may not be stored', async () => {
    expect((await world.graphql('super', me)).headers.get('cache-control')).toBe('no-store');
  });

  it('answers under /api as well', async () => {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${world.tokens.super}` };
    const answer = await world.agent.request('api/graphql', {
      method: 'POST',
      headers,
      body: json({ query: me }),
    });
    expect(answer.body).toEqual({ data: { me: { kind: 'CLIENT' } } });
  });

  it('of several operations the named one runs', async () => {
    const query = 'query a { me { kind } } query b { me { admin } }';
    const post = (operationName?: string) => world.post(world.tokens.super, json({ query, operationName }));
    expect((await post('b')).data).toEqual({ me: { admin: true } });
    expect((await post()).status).toBe(400);
    expect((await post('c')).status).toBe(400);
  });
});

describe('limits', () => {
  const pageOf = (first: number) =>
    `memberships(first: ${first}) { edges { cursor node { id profile { display } user { email } client { id name redirectUris origins secret { createdAt } grants { grantType explain } } accessPolicy { id name resource { resourceType criteria interaction } } } } }`;
  const deep = (levels: number) =>
    `{ __schema { types { fields { type ${'{ ofType '.repeat(levels)} { name ${'} '.repeat(levels)} } } } } }`;

  it.each([
    ['tokens', `{ me { ${'kind '.repeat(2_100)} } }`],
    ['characters', `{ me { kind } } # ${'x'.repeat(20_000)}`],
    ['aliases', `{ ${Array.from({ length: 16 }, (_, at) => `a${at}: me { kind }`).join(' ')} }`],
    [
      'aliases in fragments',
      `{ ${'...f '.repeat(2)} } fragment f on Query { ${Array.from({ length: 8 }, (_, at) => `a${at}: me { kind }`).join(' ')} b: me { kind } }`,
    ],
    ['directives', `{ me { kind ${'@include(if: true) '.repeat(11)} } }`],
    ['depth', deep(20)],
    [
      'complexity',
      `{ a: ${pageOf(100)} b: ${pageOf(100)} c: ${pageOf(100)} d: ${pageOf(100)} e: ${pageOf(100)} }`,
    ],
  ])('%s: 400, and nothing runs', async (_, query) => {
    const { status, errors, data } = await world.graphql('super', query);
    expect(status).toBe(400);
    expect(errors[0]?.extensions.code).toBe('BAD_USER_INPUT');
    expect(data).toBeUndefined();
    // The verdict on a text is remembered; it must stay the same.
    expect((await world.graphql('super', query)).status).toBe(400);
  });

  it('complexity counts what variables ask for', async () => {
    const query = `query($n: Int) { ${['a', 'b', 'c', 'd', 'e'].map((name) => `${name}: ${pageOf(1).replace('first: 1', 'first: $n')}`).join(' ')} }`;
    expect((await world.graphql('super', query, { n: 5 })).status).toBe(200);
    const { status, errors } = await world.graphql('super', query, { n: 100 });
    expect([status, errors[0]?.extensions.reason]).toEqual([400, 'query-too-complex']);
  });

  it('one full page of everything is allowed', async () => {
    expect((await world.graphql('super', `{ ${pageOf(100)} }`)).errors).toEqual([]);
  });

  it('faults of a query are told in a small number', async () => {
    const { errors } = await world.graphql(
      'super',
      `{ ${Array.from({ length: 50 }, (_, at) => `x${at}`).join(' ')} }`,
    );
    expect(errors.length).toBeLessThan(15);
  });
});

describe('errors', () => {
  const db = () => world.app.get(Db);
  afterEach(() => {
    db().faults = {};
  });

  it.each([
    [
      'CreateAccessPolicyInput',
      { name: 'A', resource: [{ resourceType: 'Patient', interaction: ['read'] }] },
    ],
    ['CreateClientInput', { name: 'A', grantTypes: ['client_credentials'] }],
    ['CreateClientInput', { name: 'A', redirectUris: 7, nothing: true }],
    ['CreateClientInput', null],
  ])('a variable that is no %s is the caller’s mistake: %j', async (type, input) => {
    const field = type.replace(/^C(.*)Input$/, 'c$1');
    const query = `mutation($input: ${type}!) { ${field}(input: $input) { __typename } }`;
    const { status, errors } = await world.graphql('admin', query, { input });
    expect([status, errors[0]?.extensions.code]).toEqual([400, 'BAD_USER_INPUT']);
  });

  it.each([
    ['{ nothing }', 400, 'BAD_USER_INPUT', 'invalid-query'],
    ['{ me { kind ', 400, 'BAD_USER_INPUT', 'invalid-query'],
    ['query($n: Int!) { users(first: $n) { edges { cursor } } }', 400, 'BAD_USER_INPUT', 'invalid-query'],
    ['{ users(first: 101) { edges { cursor } } }', 200, 'BAD_USER_INPUT', 'invalid-input'],
    ['{ users(first: 0) { edges { cursor } } }', 200, 'BAD_USER_INPUT', 'invalid-input'],
    ['{ users(after: "abc") { edges { cursor } } }', 200, 'BAD_USER_INPUT', 'bad-cursor'],
    ['{ user(id: "no id") { id } }', 200, 'NOT_FOUND', 'not-found'],
    ['{ user(id: "01890000-0000-7000-8000-000000000000") { id } }', 200, 'NOT_FOUND', 'not-found'],
    [
      '{ users(scope: SERVER, projectId: "x") { edges { cursor } } }',
      200,
      'BAD_USER_INPUT',
      'scope-and-project',
    ],
    [
      'mutation { createProject(input: { name: "" }) { project { id } } }',
      200,
      'BAD_USER_INPUT',
      'invalid-input',
    ],
    [
      'mutation { createProject(input: { name: null }) { project { id } } }',
      400,
      'BAD_USER_INPUT',
      'invalid-query',
    ],
    [
      'mutation { createClient(input: { name: "A", redirectUris: ["http://evil.example/#x"] }) { client { id } } }',
      200,
      'BAD_USER_INPUT',
      'invalid-input',
    ],
    [
      'mutation { createUser(input: { email: "a@example.org", givenName: "A", familyName: "B", profileType: Patient, password: "short" }) { membership { id } } }',
      200,
      'BAD_USER_INPUT',
      'password-refused',
    ],
    [
      'query($types: [AuditEventType!]) { auditRecords(types: $types) { edges { cursor } } }',
      400,
      'BAD_USER_INPUT',
      'invalid-query',
      { types: ['nothing of the kind'] },
    ],
    [
      'query($if: Boolean = true) { me @include(if: $if) { kind } }',
      400,
      'BAD_USER_INPUT',
      'invalid-query',
      { if: null },
    ],
  ])('%s', async (query, status, code, reason, variables: object = {}) => {
    const answer = await world.graphql('super', query, variables);
    expect([answer.status, answer.errors[0]?.extensions.code, answer.errors[0]?.extensions.reason]).toEqual([
      status,
      code,
      reason,
    ]);
  });

  it('a wrong field is named', async () => {
    const { errors } = await world.graphql(
      'super',
      'mutation { createProject(input: { name: "" }) { project { id } } }',
    );
    expect(errors).toEqual([
      {
        message: expect.stringContaining('"name"'),
        locations: [{ line: 1, column: 12 }],
        path: ['createProject'],
        extensions: { code: 'BAD_USER_INPUT', reason: 'invalid-input', field: 'name' },
      },
    ]);
  });

  it('what goes wrong inside is told in one fixed sentence, and nothing was changed', async () => {
    db().faults = {
      beforeCommit: () => {
        throw new TypeError('relation "user_account" has a secret');
      },
    };
    const create = 'mutation { createProject(input: { name: "Lost clinic" }) { project { id } } }';
    const { status, errors, data } = await world.graphql('super', create);
    expect(status).toBe(200);
    expect(data).toBeNull();
    expect(errors).toEqual([
      {
        message: 'Something went wrong here. Nothing was changed.',
        locations: [{ line: 1, column: 12 }],
        path: ['createProject'],
        extensions: { code: 'INTERNAL', reason: 'internal' },
      },
    ]);
    db().faults = {};
    const { data: after } = await world.graphql(
      'super',
      '{ projects(first: 100) { edges { node { name } } } }',
    );
    expect(JSON.stringify(after)).not.toContain('Lost clinic');
  });

  it('an answer to a commit that got lost is settled: the act is reported as done', async () => {
    db().faults = {
      afterCommit: () => {
        throw new Error('connection lost');
      },
    };
    const { errors, data } = await world.graphql(
      'super',
      'mutation { createProject(input: { name: "Kept clinic" }) { project { name } } }',
    );
    expect(errors).toEqual([]);
    expect(data.createProject.project.name).toBe('Kept clinic');
  });
});
