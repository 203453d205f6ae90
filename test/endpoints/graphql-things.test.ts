import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Db } from '../../src/kernel/db.js';
import { Outbox } from '../../src/kernel/outbox.js';
import { OutboxStore } from '../../src/kernel/outbox.store.js';
import { expiredPurge } from '../../src/kernel/purges.js';
import { type AdminWorld, startAdminWorld } from '../helpers/admin-world.js';
import { Maker } from './graphql-operations.js';

let world: AdminWorld;
beforeAll(async () => {
  world = await startAdminWorld();
});
afterAll(() => world.close());

const createClient = `mutation($input: CreateClientInput!) { createClient(input: $input) {
  secret client { id version name active scope redirectUris origins secret { createdAt rotating } grants { grantType authenticated explain } explain }
  membership { id admin profile { reference display } accessPolicy { name } } } }`;

describe('optimistic concurrency', () => {
  it.each([
    ['Project', { name: 'Renamed' }],
    ['User', { givenName: 'Renamed' }],
    ['Membership', { changes: { label: 'Renamed' } }],
    ['AccessPolicy', { name: 'Renamed' }],
    ['Client', { name: 'Renamed' }],
  ])('%s: of two changes to one version the second is refused', async (noun, changes) => {
    const make = new Maker(world, world.project);
    const field = noun[0]!.toLowerCase() + noun.slice(1);
    const id =
      noun === 'Project'
        ? world.project.id
        : (
            await {
              User: () => make.user(),
              Membership: () => make.membership(),
              AccessPolicy: () => make.policy(),
              Client: () => make.client(),
            }[noun]!()
          ).id;
    const { data } = await world.graphql('admin', `{ ${field}(id: "${id}") { version } }`);
    const { version } = data[field];
    const edit = () =>
      world.graphql(
        'admin',
        `mutation($input: Edit${noun}Input!) { edit${noun}(input: $input) { ${field} { version } } }`,
        {
          input: { id, version, ...changes },
        },
      );
    const answers = await Promise.all([edit(), edit()]);
    const told = answers.map(({ errors }) => errors[0]?.extensions.reason ?? 'done').sort();
    expect(told).toEqual(['conflict', 'done']);
    const { data: after } = await world.graphql('admin', `{ ${field}(id: "${id}") { version } }`);
    expect(after[field].version).toBe(version + 1);
  });
});

describe('idempotency', () => {
  const key = () => ({ idempotencyKey: `key-${Math.random()}` });

  it.each([
    ['createProject', 'super', 'CreateProjectInput', { name: 'Once' }, 'project { id }'],
    [
      'createClient',
      'admin',
      'CreateClientInput',
      { name: 'Once', grantTypes: ['CLIENT_CREDENTIALS'] },
      'secret client { id }',
    ],
    ['createAccessPolicy', 'admin', 'CreateAccessPolicyInput', { name: 'Once' }, 'accessPolicy { id }'],
    [
      'createUser',
      'admin',
      'CreateUserInput',
      {
        email: 'once@example.org',
        givenName: 'A',
        familyName: 'B',
        profileType: 'Practitioner',
        password: 'violet harbor lantern 42',
      },
      'membership { id }',
    ],
  ] as const)(
    '%s: repeated under its key it is done once and answered the same',
    async (name, as, type, input, fields) => {
      const withKey = { ...input, ...key() };
      const send = (more: object = {}) =>
        world.graphql(as, `mutation($input: ${type}!) { ${name}(input: $input) { ${fields} } }`, {
          input: { ...withKey, ...more },
        });
      const [first, second] = await Promise.all([send(), send()]);
      expect(first.errors).toEqual([]);
      expect(second.data).toEqual(first.data);
      expect((await send()).data).toEqual(first.data);
      const other = await send(
        'name' in input ? { name: 'Other' } : { password: 'another harbor lantern 43' },
      );
      expect(other.errors[0]?.extensions).toMatchObject({
        code: 'CONFLICT',
        reason: 'idempotency-key-reused',
      });
    },
  );

  it('rotateClientSecret shows the same secret again', async () => {
    const { id } = await new Maker(world, world.project).client();
    const input = { id, ...key() };
    const rotate = async () =>
      (
        await world.graphql(
          'admin',
          'mutation($input: RotateClientSecretInput!) { rotateClientSecret(input: $input) { secret } }',
          { input },
        )
      ).data.rotateClientSecret.secret;
    const secret = await rotate();
    expect(await rotate()).toBe(secret);
  });

  it('F96 a key is the caller’s own, and good in one project', async () => {
    const { idempotencyKey } = key();
    const create =
      'mutation($input: CreateAccessPolicyInput!) { createAccessPolicy(input: $input) { accessPolicy { id projectId } } }';
    const input = { name: 'Mine', idempotencyKey };
    const mine = (await world.graphql('admin', create, { input })).data.createAccessPolicy.accessPolicy;
    const theirs = (await world.graphql({ token: await world.adminToken(world.other.id) }, create, { input }))
      .data.createAccessPolicy.accessPolicy;
    expect(theirs).not.toEqual(mine);
    expect(theirs.projectId).toBe(world.other.id);
    const bySuper = (projectId: string) => world.graphql('super', create, { input: { ...input, projectId } });
    expect((await bySuper(world.project.id)).errors).toEqual([]);
    expect((await bySuper(world.other.id)).errors[0]?.extensions.reason).toBe('idempotency-key-reused');
  });

  it('what failed can be repeated under its key', async () => {
    const input = { name: 'A client', redirectUris: ['nonsense'], ...key() };
    expect((await world.graphql('admin', createClient, { input })).errors[0]?.extensions.code).toBe(
      'BAD_USER_INPUT',
    );
    const mended = { ...input, redirectUris: ['https://app.example/back'] };
    expect((await world.graphql('admin', createClient, { input: mended })).errors).toEqual([]);
  });
});

describe('clients', () => {
  it('what a client registers for signing out is set, shown, explained, refused and taken back', async () => {
    const fields = `client { id version postLogoutRedirectUris backchannelLogoutUri backchannelLogoutSessionRequired explain }`;
    const create = `mutation($input: CreateClientInput!) { createClient(input: $input) { ${fields} } }`;
    const edit = `mutation($input: EditClientInput!) { editClient(input: $input) { ${fields} } }`;
    const settings = {
      postLogoutRedirectUris: ['https://app.example/out'],
      backchannelLogoutUri: 'https://app.example/logout',
      backchannelLogoutSessionRequired: true,
    };
    const made = await world.graphql('admin', create, { input: { name: 'App', ...settings } });
    expect(made.errors).toEqual([]);
    const { client } = made.data.createClient;
    expect(client).toMatchObject(settings);
    expect(client.explain.join(' ')).toContain('told when a login ends');
    const wrong = {
      id: client.id,
      version: client.version,
      backchannelLogoutUri: 'http://app.example/logout',
    };
    expect((await world.graphql('admin', edit, { input: wrong })).errors[0]?.extensions).toMatchObject({
      code: 'BAD_USER_INPUT',
      field: 'backchannelLogoutUri',
    });
    const without = { id: client.id, version: client.version, backchannelLogoutUri: null };
    const { data } = await world.graphql('admin', edit, { input: without });
    expect(data.editClient.client).toMatchObject({
      postLogoutRedirectUris: settings.postLogoutRedirectUris,
      backchannelLogoutUri: null,
    });
    expect(data.editClient.client.explain.join(' ')).not.toContain('told when a login ends');
  });

  it('a confidential client is made, used, rotated, edited and deactivated', async () => {
    const input = {
      name: 'Lab server',
      redirectUris: ['https://lab.example/back'],
      grantTypes: ['AUTHORIZATION_CODE', 'CLIENT_CREDENTIALS'],
      membership: { admin: true },
    };
    const { data, errors } = await world.graphql('admin', createClient, { input });
    expect(errors).toEqual([]);
    const { client, secret, membership } = data.createClient;
    expect(client).toMatchObject({
      active: true,
      scope: 'PROJECT',
      origins: ['https://lab.example'],
      secret: { rotating: false },
    });
    expect(client.grants).toEqual([
      { grantType: 'AUTHORIZATION_CODE', authenticated: false, explain: expect.stringContaining('public') },
      {
        grantType: 'CLIENT_CREDENTIALS',
        authenticated: true,
        explain: expect.stringContaining('must prove itself'),
      },
    ]);
    expect(membership).toMatchObject({
      admin: true,
      profile: { reference: `ClientApplication/${client.id}`, display: 'Lab server' },
    });
    const token = (value: string) =>
      world.agent
        .clientCredentials({ id: client.id, secret: value, redirectUri: '' })
        .then(({ status }) => status);
    expect(await token(secret)).toBe(200);

    const rotate =
      'mutation($input: RotateClientSecretInput!) { rotateClientSecret(input: $input) { secret client { secret { rotating retiringExpiresAt } } } }';
    const expiresAt = new Date(world.app.clock.now() + 3_600_000).toISOString();
    const rotated = (await world.graphql('admin', rotate, { input: { id: client.id, expiresAt } })).data
      .rotateClientSecret;
    expect(rotated.client.secret).toEqual({ rotating: true, retiringExpiresAt: expiresAt });
    expect([await token(secret), await token(rotated.secret)]).toEqual([200, 200]);
    const finish =
      'mutation($input: ClientIdInput!) { finishClientSecretRotation(input: $input) { client { secret { rotating } } } }';
    expect((await world.graphql('admin', finish, { input: { id: client.id } })).errors).toEqual([]);
    expect([await token(secret), await token(rotated.secret)]).toEqual([401, 200]);
    expect(
      (await world.graphql('admin', finish, { input: { id: client.id } })).errors[0]?.extensions.reason,
    ).toBe('no-retiring-secret');

    const past = { id: client.id, expiresAt: '2001-01-01T00:00:00Z' };
    expect((await world.graphql('admin', rotate, { input: past })).errors[0]?.extensions).toMatchObject({
      code: 'BAD_USER_INPUT',
      field: 'expiresAt',
    });

    const deactivate =
      'mutation($input: ClientIdInput!) { deactivateClient(input: $input) { client { active explain } } }';
    const ended = (await world.graphql('admin', deactivate, { input: { id: client.id } })).data
      .deactivateClient.client;
    expect(ended.active).toBe(false);
    expect(ended.explain[0]).toContain('deactivated');
    expect(await token(rotated.secret)).toBe(401);
  });

  it('secrets are told by nothing but the acts that make them', async () => {
    const { data } = await world.graphql('admin', createClient, {
      input: { name: 'Quiet', grantTypes: ['CLIENT_CREDENTIALS'] },
    });
    const all = await world.graphql(
      'admin',
      '{ clients(first: 100) { edges { node { id secret { createdAt rotating retiringExpiresAt } explain } } } auditRecords(first: 100) { edges { node { target detail { name value } } } } }',
    );
    expect(JSON.stringify(all)).not.toContain(data.createClient.secret);
  });

  it('a public client has no secret', async () => {
    const { data } = await world.graphql('admin', createClient, {
      input: {
        name: 'Public app',
        redirectUris: ['https://a.example/cb'],
        grantTypes: ['AUTHORIZATION_CODE'],
      },
    });
    expect(data.createClient.secret).toBeNull();
    expect(data.createClient.client.secret).toBeNull();
  });

  it('F115 a client of the server is made by super admins only, and has no membership', async () => {
    const input = {
      name: 'Everywhere',
      scope: 'SERVER',
      redirectUris: ['https://every.example/cb'],
      grantTypes: ['AUTHORIZATION_CODE'],
    };
    expect((await world.graphql('admin', createClient, { input })).errors[0]?.extensions.code).toBe(
      'FORBIDDEN',
    );
    const { data, errors } = await world.graphql('super', createClient, { input });
    expect(errors).toEqual([]);
    expect(data.createClient).toMatchObject({ membership: null, client: { scope: 'SERVER' } });
    const { id } = data.createClient.client;
    const read = (as: 'admin' | 'super', scope: string) =>
      world.graphql(as, `{ client(id: "${id}", scope: ${scope}) { name } }`);
    expect((await read('super', 'SERVER')).data.client.name).toBe('Everywhere');
    expect((await read('admin', 'PROJECT')).errors[0]?.extensions.code).toBe('NOT_FOUND');
  });
});

describe('policies', () => {
  it('a policy is written, read back, explained and chosen as default', async () => {
    const resource = [
      {
        resourceType: 'Observation',
        criteria: 'Observation?_compartment=%patient',
        interaction: ['READ', 'SEARCH'],
        hiddenFields: ['note'],
        readonlyFields: ['status'],
        writeConstraint: [{ expression: 'status.exists()' }],
        compartment: '%patient',
      },
    ];
    const ipAccessRule = [
      { name: 'Ward', value: '10.0.0.0/8', action: 'ALLOW' },
      { value: '*', action: 'BLOCK' },
    ];
    const create = `mutation($input: CreateAccessPolicyInput!) { createAccessPolicy(input: $input) { accessPolicy {
      id explain compartment ipAccessRule { name value action }
      resource { resourceType criteria readonly interaction hiddenFields readonlyFields compartment writeConstraint { language expression } } } } }`;
    const { data, errors } = await world.graphql('admin', create, {
      input: { name: 'Ward', resource, ipAccessRule, compartment: 'Organization/1' },
    });
    expect(errors).toEqual([]);
    const { accessPolicy: policy } = data.createAccessPolicy;
    expect(policy.resource).toEqual([
      {
        ...resource[0],
        readonly: null,
        writeConstraint: [{ language: 'text/fhirpath', expression: 'status.exists()' }],
      },
    ]);
    expect(policy.ipAccessRule).toEqual([{ ...ipAccessRule[0] }, { name: null, ...ipAccessRule[1] }]);
    expect(policy.explain).toEqual([
      'Opens Observation for read, search, where Observation?_compartment=%patient, in the compartment of %patient, without note, with status left as they are, writing only what meets 1 condition(s).',
      'Allows requests from 10.0.0.0/8.',
      'Blocks requests from every address.',
      'What the member creates is stamped with the account Organization/1.',
    ]);
    const choose =
      'mutation($input: SetDefaultAccessPolicyInput!) { setDefaultAccessPolicy(input: $input) { defaultAccessPolicy { for accessPolicy { id } } } }';
    await world.graphql('admin', choose, { input: { for: 'ClientApplication', accessPolicyId: policy.id } });
    const { data: list } = await world.graphql(
      'admin',
      '{ defaultAccessPolicies { for accessPolicy { id } } }',
    );
    expect(list.defaultAccessPolicies).toContainEqual({
      for: 'ClientApplication',
      accessPolicy: { id: policy.id },
    });
    const { data: made } = await world.graphql(
      'admin',
      'mutation { createClient(input: { name: "New" }) { membership { accessPolicy { id } } } }',
    );
    expect(made.createClient.membership.accessPolicy.id).toBe(policy.id);
  });

  it('a membership takes further policies with their parameters', async () => {
    const make = new Maker(world, world.project);
    const [{ id, version }, { id: policyId }] = [await make.membership(), await make.policy()];
    const parameter = [
      { name: 'patient', valueReference: 'Patient/1' },
      { name: 'ward', valueString: 'A 3' },
    ];
    const edit =
      'mutation($input: EditMembershipInput!) { editMembership(input: $input) { membership { access { policyId parameter { name valueString valueReference } } } } }';
    const run = (access: object[]) =>
      world.graphql('admin', edit, { input: { id, version, changes: { access } } });
    const foreign = await new Maker(world, world.other).policy();
    expect((await run([{ policyId: foreign.id }])).errors[0]?.extensions.code).toBe('NOT_FOUND');
    expect((await run([{ policyId, parameter: [{ name: 'x' }] }])).errors[0]?.extensions.code).toBe(
      'BAD_USER_INPUT',
    );
    expect((await run([{ policyId, parameter }])).data.editMembership.membership.access).toEqual([
      {
        policyId,
        parameter: [
          { ...parameter[0], valueString: null },
          { ...parameter[1], valueReference: null },
        ],
      },
    ]);
  });
});

describe('the server', () => {
  it('signing keys are rotated with overlap and revoked', async () => {
    const rotate =
      'mutation { rotateSigningKey(input: { alg: RS256 }) { signingKey { kid state explain } } }';
    const { kid, state } = (await world.graphql('super', rotate)).data.rotateSigningKey.signingKey;
    expect(state).toBe('PENDING');
    const published = async () =>
      (await world.agent.get('.well-known/jwks.json')).body.keys.map((one: { kid: string }) => one.kid);
    expect(await published()).toContain(kid);
    const { data } = await world.graphql(
      'super',
      `mutation { revokeSigningKey(input: { kid: "${kid}" }) { signingKeys { kid state } } }`,
    );
    expect(data.revokeSigningKey.signingKeys).toContainEqual({ kid, state: 'REVOKED' });
    expect(await published()).not.toContain(kid);
    const again = await world.graphql(
      'super',
      `mutation { revokeSigningKey(input: { kid: "${kid}" }) { signingKeys { kid } } }`,
    );
    expect(again.errors[0]?.extensions).toMatchObject({ code: 'NOT_FOUND', reason: 'signing-key-not-found' });
  });

  it('a project ends every access to it at once, and comes back; that of the super admins stays', async () => {
    const token = await world.adminToken(world.other.id);
    const works = async () => (await world.graphql({ token }, '{ me { kind } }')).status;
    const act = (verb: string, id: string) =>
      world.graphql(
        'super',
        `mutation { ${verb}Project(input: { id: "${id}" }) { project { active explain } } }`,
      );
    expect(await works()).toBe(200);
    expect((await act('deactivate', world.other.id)).data.deactivateProject.project.explain[0]).toContain(
      'deactivated',
    );
    expect(await works()).toBe(401);
    await act('activate', world.other.id);
    expect(await works()).toBe(200);
    expect((await act('deactivate', world.superProject)).errors[0]?.extensions).toMatchObject({
      code: 'CONFLICT',
      reason: 'super-admin-project-stays',
    });
  });

  it('jobs that were given up are shown without what they carry, and tried again', async () => {
    const [db, outbox, store] = [world.app.get(Db), world.app.get(Outbox), world.app.get(OutboxStore)];
    const later = world.app.clock.date(86_400_000);
    const job = { topic: expiredPurge, payload: {}, projectId: world.project.id, availableAt: later };
    const id = await db.tx(async (tx) => outbox.add(tx, job));
    await db.tx((tx) => store.fail(tx, id, 'It did not work', later, world.app.clock.date()));
    const { data } = await world.graphql(
      'super',
      '{ deadLetters(topic: "expired.purge") { edges { node { id topic projectId attempts lastError explain } } } }',
    );
    expect(data.deadLetters.edges).toEqual([
      {
        node: {
          id,
          topic: 'expired.purge',
          projectId: world.project.id,
          attempts: 0,
          lastError: 'It did not work',
          explain: expect.any(String),
        },
      },
    ]);
    const retry = `mutation { retryDeadLetter(input: { id: "${id}" }) { retriedId } }`;
    expect((await world.graphql('super', retry)).data.retryDeadLetter.retriedId).toBe(id);
    expect((await world.graphql('super', retry)).errors[0]?.extensions.code).toBe('NOT_FOUND');
    const { data: record } = await world.graphql(
      'super',
      '{ auditRecords(scope: SERVER, types: [JOB_RETRIED]) { edges { node { target projectId } } } }',
    );
    expect(record.auditRecords.edges).toEqual([{ node: { target: `Job/${id}`, projectId: null } }]);
  });

  it('the settings of a project are changed one by one', async () => {
    const { data } = await world.graphql('admin', `{ project(id: "${world.project.id}") { version } }`);
    const edit =
      'mutation($input: EditProjectInput!) { editProject(input: $input) { project { name settings { passwordMinimum } explain } } }';
    const run = (passwordMinimum: number) =>
      world.graphql('admin', edit, {
        input: { id: world.project.id, version: data.project.version, settings: { passwordMinimum } },
      });
    expect((await run(7)).errors[0]?.extensions).toMatchObject({
      code: 'BAD_USER_INPUT',
      field: 'passwordMinimum',
    });
    const { project } = (await run(12)).data.editProject;
    expect(project).toMatchObject({ settings: { passwordMinimum: 12 } });
    expect(project.explain.join(' ')).toContain('below what NIST');
  });
});
