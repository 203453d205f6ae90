import { readdir, readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AuditService } from '../../src/audit/audit.service.js';
import { anonymousActor } from '../../src/kernel/actor.js';
import { settings } from '../../src/kernel/config.js';
import { Db } from '../../src/kernel/db.js';
import { newId, type ProjectId } from '../../src/kernel/ids.js';
import { MembershipsService } from '../../src/memberships/memberships.service.js';
import { projectLimits } from '../../src/projects/project-limits.js';
import { type AdminWorld, startAdminWorld } from '../helpers/admin-world.js';
import { FhirAgent, type FhirPerson } from '../helpers/fhir-agent.js';
import { basicHeader, type JsonAnswer } from '../helpers/oauth-agent.js';
import { redisAbsent, startRedis, type TestRedis } from '../helpers/redis.js';
import type { WorldClient, WorldPerson } from '../helpers/world.js';

const env = {
  CAREKEY_RATE_LIMIT_CLIENT_TOKENS: '5',
  CAREKEY_RATE_LIMIT_PROJECT_TOKENS: '60',
  CAREKEY_RATE_LIMIT_FHIR: '1000',
  CAREKEY_RATE_LIMIT_PROJECT_FHIR: '20000',
};

let world: AdminWorld;
let fhir: FhirAgent;
beforeAll(async () => {
  world = await startAdminWorld({ env });
  fhir = new FhirAgent(world);
});
afterAll(() => world.close());

const server = (projectId = world.project.id): Promise<WorldClient> =>
  world.addClient(projectId, { name: 'Machine', grantTypes: ['client_credentials'] });
const everything = { resourceType: '*' };
const ada = { resourceType: 'Patient', name: [{ family: 'Quill' }] };

/** What an answer says is left of a limit. */
const left = ({ headers }: JsonAnswer, name: string): number | undefined => {
  const [, remaining] = new RegExp(`"${name}";r=(\\d+);t=\\d+`).exec(headers.get('ratelimit') ?? '') ?? [];
  return remaining === undefined ? undefined : Number(remaining);
};

async function limit(project: string, limits: object, as: 'admin' | 'super' = 'super') {
  const { data } = await world.graphql('super', `{ project(id: "${project}") { version } }`);
  return world.graphql(
    as,
    'mutation($input: EditProjectInput!) { editProject(input: $input) { project { limits { clientTokens memberFhirPoints projectTokens projectFhirPoints } explain } } }',
    { input: { id: project, version: data.project.version, limits } },
  );
}

/** A project of its own, so that a test does not use up what another needs. */
async function newProject(limits: object): Promise<ProjectId> {
  const make =
    'mutation($input: CreateProjectInput!) { createProject(input: $input) { project { id limits { projectTokens } } } }';
  const { data } = await world.graphql('super', make, { input: { name: 'Crowd', limits } });
  expect(data.createProject.project.limits).toMatchObject(limits);
  return data.createProject.project.id;
}

describe('tokens that a client gets for itself', () => {
  it('BCP-45 F38 so many a minute, then 429 in the words of OAuth; others go on', async () => {
    const [one, other] = [await server(), await server()];
    for (const remaining of [4, 3, 2, 1, 0]) {
      const answer = await world.agent.clientCredentials(one);
      expect([answer.status, left(answer, 'tokens')]).toEqual([200, remaining]);
    }
    const { status, headers, body } = await world.agent.clientCredentials(one);
    expect([status, body.error]).toEqual([429, 'temporarily_unavailable']);
    expect(body.error_description).toMatch(/^[ -~]+$/);
    const seconds = Number(headers.get('retry-after'));
    expect(seconds).toBeGreaterThanOrEqual(3);
    expect(seconds).toBeLessThanOrEqual(60);
    expect(headers.get('ratelimit')).toBe(`"tokens";r=0;t=${seconds}`);
    expect((await world.agent.clientCredentials(other)).status).toBe(200);
  });

  it('V40 no spelling of the client, of the address or of the query is counted apart', async () => {
    const client = await server();
    const [upper, form] = [{ ...client, id: client.id.toUpperCase() }, { grant_type: 'client_credentials' }];
    const raw = Buffer.from(`${client.id.replaceAll('-', '%2D')}:${client.secret}`).toString('base64');
    const answers = [
      await world.agent.post('oauth2/token', form, { basic: client }),
      await world.agent.post('api/oauth2/token', form, { basic: client }),
      await world.agent.post('oauth2/token?again=1', form, { basic: client }),
      await world.agent.post('oauth2/token', form, { headers: { authorization: `Basic ${raw}` } }),
      await world.agent.post('oauth2/token', { ...form, client_id: client.id, client_secret: client.secret }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    // Whether another case of the id is the same client or none: it is not a client with a quota of its own.
    expect([401, 429]).toContain((await world.agent.post('oauth2/token', form, { basic: upper })).status);
    expect((await world.agent.clientCredentials(client)).status).toBe(429);
  });

  it('whoever does not prove to be the client uses up nothing of it', async () => {
    const client = await server();
    for (let i = 0; i < 8; i++) {
      const wrong = await world.agent.clientCredentials({ ...client, secret: 'f'.repeat(64) });
      expect(wrong.status).toBe(401);
    }
    const answer = await world.agent.clientCredentials(client);
    expect([answer.status, left(answer, 'tokens')]).toEqual([200, 4]);
  });

  it('people who sign in through a client are not counted with it', async () => {
    const { person, server: app } = world.project;
    for (let i = 0; i < 6; i++) expect((await world.agent.codeFlow(app, person)).status).toBe(200);
  });

  it("a crowd of clients uses up what is its project's, not what is another's", async () => {
    const crowd = await newProject({ projectTokens: 7 });
    const [a, b, c] = [await server(crowd), await server(crowd), await server(crowd)];
    // What is over its own number takes nothing from the project's.
    for (let i = 0; i < 9; i++) await world.agent.clientCredentials(a);
    const last = await world.agent.clientCredentials(b);
    expect([last.status, left(last, 'tokens')]).toEqual([200, 1]);
    expect((await world.agent.clientCredentials(b)).status).toBe(200);
    expect((await world.agent.clientCredentials(c)).status).toBe(429);
    expect((await world.agent.clientCredentials(await server())).status).toBe(200);
  });
});

describe('points at the FHIR door', () => {
  it('W-554 F38 what each kind of call costs, however its address is written; refused ones too', async () => {
    const person = await fhir.person(everything);
    const made = await fhir.call(person, 'POST', 'Patient', ada);
    const at = `Patient/${made.body.id}`;
    let before = left(made, 'fhirInteractions')!;
    expect(before).toBe(900);
    const calls: [string, number, () => Promise<JsonAnswer>][] = [
      ['read', 1, () => fhir.call(person, 'GET', at)],
      ['read with a query', 1, () => fhir.call(person, 'GET', `${at}?_history`)],
      ['read of nothing', 1, () => fhir.call(person, 'GET', 'Patient/_history')],
      ['HEAD', 1, () => fhir.call(person, 'HEAD', at)],
      ['one version', 1, () => fhir.call(person, 'GET', `${at}/_history/${made.body.meta.versionId}`)],
      ['history', 10, () => fhir.call(person, 'GET', `${at}/_history`)],
      ['history in other letters', 10, () => fhir.call(person, 'GET', `${at}/%5Fhistory`)],
      ['search', 20, () => fhir.call(person, 'GET', 'Patient')],
      ['search in other letters', 20, () => fhir.call(person, 'GET', '%50atient?_count=1')],
      ['search by the alias', 20, () => fhir.call(person, 'GET', '../../api/fhir/R4/Patient')],
      ['search by form', 20, () => fhir.call(person, 'POST', 'Patient/_search')],
      ['update', 100, () => fhir.call(person, 'PUT', at, { ...ada, id: made.body.id })],
      ['patch', 100, () => fhir.call(person, 'PATCH', at, [{ op: 'add', path: '/gender', value: 'female' }])],
      [
        'a body that is refused',
        100,
        () => fhir.call(person, 'POST', 'Patient', { resourceType: 'Patient', x: 1 }),
      ],
      ['delete', 100, () => fhir.call(person, 'DELETE', at)],
    ];
    for (const [name, cost, call] of calls) {
      const now = left(await call(), 'fhirInteractions')!;
      expect([name, before - now]).toEqual([name, cost]);
      before = now;
    }
  });

  it('no controller of the door goes without', async () => {
    const files = (await readdir('src/fhir')).filter((name) => name.endsWith('.controller.ts'));
    const texts = await Promise.all(files.map((name) => readFile(`src/fhir/${name}`, 'utf8')));
    const forMembers = texts.filter((text) => text.includes("@Access('member')"));
    expect(forMembers.length).toBeGreaterThan(2);
    for (const text of forMembers) expect(text).toContain('@UseInterceptors(FhirQuotaInterceptor)');
  });

  it('a member has them once, whatever it comes with; then 429 as an OperationOutcome', async () => {
    const client = await server();
    const membership = await memberOf(client);
    await fhir.setPolicies({ membershipId: membership } as WorldPerson, {
      resource: [{ resourceType: 'Patient', interaction: ['create'] }],
    });
    const basic = (method: string, path: string, body?: unknown) =>
      fhir.call(undefined, method, path, body, { authorization: basicHeader(client) });
    const token = async () => ({ token: (await world.agent.clientCredentials(client)).body.access_token });
    const [one, two] = [await token(), await token()];
    const statuses = [];
    for (let i = 0; i < 4; i++) {
      statuses.push((await fhir.call(one, 'POST', 'Patient', ada)).status);
      statuses.push((await fhir.call(two, 'POST', 'Patient', ada)).status);
    }
    statuses.push((await basic('POST', 'Patient', ada)).status);
    const last = await basic('POST', 'Patient', ada);
    expect([...statuses, last.status]).toEqual(Array(10).fill(201));
    expect(left(last, 'fhirInteractions')).toBe(0);
    for (const refused of [
      await basic('POST', 'Patient', ada),
      await fhir.call(one, 'GET', 'Patient/x'),
      await fhir.call(two, 'GET', 'Patient'),
    ]) {
      expect([refused.status, refused.body.resourceType, refused.body.id]).toEqual([
        429,
        'OperationOutcome',
        'too-many-requests',
      ]);
      const seconds = Number(refused.headers.get('retry-after'));
      expect(seconds).toBeGreaterThanOrEqual(3);
      expect(refused.headers.get('ratelimit')).toBe(`"fhirInteractions";r=0;t=${seconds}`);
    }
    // What everybody may read is not the member's to pay.
    expect((await world.agent.get('fhir/R4/metadata', { authorization: basicHeader(client) })).status).toBe(
      200,
    );
    const other = await fhir.person(everything);
    expect((await fhir.call(other, 'POST', 'Patient', ada)).status).toBe(201);
  });

  it('F72 whoever acts on behalf of a member uses up its own, not what the member needs', async () => {
    const member = await fhir.person(everything);
    const relay = { token: await world.adminToken(world.project.id) };
    const header = { 'x-medplum-on-behalf-of': member.profile };
    for (const points of [900, 800]) {
      const answer = await fhir.call(relay, 'POST', 'Patient', ada, header);
      expect([answer.status, left(answer, 'fhirInteractions')]).toEqual([201, points]);
    }
    expect(left(await fhir.call(member, 'GET', 'Patient/x'), 'fhirInteractions')).toBe(999);
  });

  it("a crowd of members uses up what is its project's, not what is another's", async () => {
    const crowd: FhirPerson[] = [];
    for (let i = 0; i < 5; i++) crowd.push(await fhir.person(everything));
    await limit(world.project.id, { projectFhirPoints: 3_500 });
    const all = await Promise.all(
      crowd.flatMap((person) => Array.from({ length: 10 }, () => fhir.call(person, 'POST', 'Patient', ada))),
    );
    const made = all.filter(({ status }) => status === 201).length;
    expect(made).toBeLessThanOrEqual(35);
    expect(new Set(all.map(({ status }) => status))).toEqual(new Set([201, 429]));
    const elsewhere = { token: await world.adminToken(world.other.id) };
    expect((await fhir.call(elsewhere, 'GET', 'Patient/x')).status).toBe(404);
    await limit(world.project.id, { projectFhirPoints: null });
    expect((await fhir.call(await fhir.person(everything), 'GET', 'Patient')).status).toBe(200);
  });
});

describe('the limits of a project', () => {
  it("are its own to lower and to raise for its members, for the whole project the server's; and in the record", async () => {
    const { id } = world.project;
    const set = await limit(id, { clientTokens: 2, memberFhirPoints: 100 }, 'admin');
    expect(set.data.editProject.project).toEqual({
      limits: { clientTokens: 2, memberFhirPoints: 100, projectTokens: null, projectFhirPoints: null },
      explain: expect.arrayContaining(['One client gets at most 2 tokens a minute for itself.']),
    });
    const client = await server();
    const statuses = [];
    for (let i = 0; i < 3; i++) statuses.push((await world.agent.clientCredentials(client)).status);
    expect(statuses).toEqual([200, 200, 429]);
    // Whoever was refused is let in again as soon as it has more.
    expect((await limit(id, { clientTokens: 10 }, 'admin')).errors).toEqual([]);
    expect((await world.agent.clientCredentials(client)).status).toBe(200);
    for (const limits of [{ projectTokens: 9 }, { projectFhirPoints: 1_000_000 }, { projectTokens: null }]) {
      const refused = await limit(id, limits, 'admin');
      expect(refused.errors[0]?.extensions).toMatchObject({ code: 'FORBIDDEN', reason: 'limit-of-server' });
    }
    const back = await limit(id, { clientTokens: null, memberFhirPoints: null }, 'admin');
    expect(back.data.editProject.project.limits.clientTokens).toBeNull();
    const { data } = await world.graphql(
      'admin',
      '{ auditRecords(types: [PROJECT_CHANGED], first: 1) { edges { node { target detail { name value } } } } }',
    );
    expect(JSON.stringify(data.auditRecords.edges[0].node)).toContain(
      'clientTokens=none memberFhirPoints=none projectTokens=none projectFhirPoints=none',
    );
  });

  it.each([
    ['clientTokens', 0],
    ['clientTokens', -1],
    ['memberFhirPoints', 99],
    ['projectTokens', 0],
    ['projectFhirPoints', 99],
    ['projectFhirPoints', 100_000_001],
  ])('refuse %s %d', async (name, perMinute) => {
    const { errors } = await limit(world.project.id, { [name]: perMinute });
    expect(errors[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', field: name });
  });

  it('stand in docs/limits.md with their numbers, all of them', async () => {
    const rows = (await readFile('docs/limits.md', 'utf8'))
      .split('\n')
      .filter((line) => /RATE_LIMIT_/.test(line));
    const cells = rows.map((row) => row.split('|').map((cell) => cell.trim()));
    const documented = Object.fromEntries(cells.map(([, , , , variable, preset]) => [variable, preset]));
    const real = Object.entries(settings).filter(([name]) => name.startsWith('CAREKEY_RATE_LIMIT_'));
    expect(documented).toEqual(
      Object.fromEntries(real.map(([name, [schema]]) => [`\`${name}\``, String(schema.parse(undefined))])),
    );
    const ofProjects = cells.map((row) => row[6]!).filter(Boolean);
    expect(ofProjects.map((cell) => /^`(\w+)`/.exec(cell)![1]).sort()).toEqual(
      Object.keys(projectLimits.shape).sort(),
    );
    for (const cell of ofProjects) {
      const [, name, least, most] = /^`(\w+)`, (\d+) - (\d+)$/.exec(cell)!;
      const accepts = (value: number) => projectLimits.safeParse({ [name!]: value }).success;
      expect([least, most].map((value) => accepts(Number(value)))).toEqual([true, true]);
      expect([accepts(Number(least) - 1), accepts(Number(most) + 1)]).toEqual([false, false]);
    }
  });
});

it('V40 refusals from a whole IPv6 network are folded as one', async () => {
  const [audit, db] = [world.app.get(AuditService), world.app.get(Db)];
  const refuse = (at: number) =>
    audit.refuse({
      type: 'access.refused',
      actor: anonymousActor({
        requestId: newId(at),
        ip: `2001:db8:0:7::${at.toString(16)}`,
        userAgent: undefined,
      }),
      projectId: world.other.id,
    });
  for (let at = 1; at <= 40; at++) await refuse(at);
  world.app.clock.advance(60_000);
  await db.tx((tx) => audit.unfold(tx));
  const rows = await db.read((tx) => audit.page(tx, { projectId: world.other.id, limit: 100 }));
  const here = rows.filter(({ remoteAddress }) => remoteAddress.startsWith('2001:db8:0:7'));
  const folded = here.filter(({ occurrences }) => occurrences > 1);
  expect([here.length, folded]).toMatchObject([
    31,
    [{ remoteAddress: '2001:db8:0:7::/64', occurrences: 10 }],
  ]);
});

if (redisAbsent) {
  it.skip(`when Redis is killed: skipped, ${redisAbsent}`, () => {});
} else {
  describe('when Redis is killed', () => {
    let redis: TestRedis;
    let shared: AdminWorld;
    beforeAll(async () => {
      redis = await startRedis();
      shared = await startAdminWorld({ env: { ...env, REDIS_URL: redis.url } });
    });
    afterAll(async () => {
      // Its queue says goodbye to Redis.
      await redis.start();
      await shared.close();
      await redis.stop();
    });

    it('F38 nobody gets anew what was used up, nobody is kept out who has some left, and limits go on', async () => {
      const machine = () =>
        shared.addClient(shared.project.id, { name: 'Machine', grantTypes: ['client_credentials'] });
      const [spent, half, fresh] = [await machine(), await machine(), await machine()];
      for (let i = 0; i < 6; i++) await shared.agent.clientCredentials(spent);
      for (let i = 0; i < 3; i++) await shared.agent.clientCredentials(half);
      await redis.stop();
      const statuses = async (client: WorldClient, calls: number) => {
        const found = [];
        for (let i = 0; i < calls; i++) found.push((await shared.agent.clientCredentials(client)).status);
        return found;
      };
      expect(await statuses(spent, 2)).toEqual([429, 429]);
      expect(await statuses(half, 3)).toEqual([200, 200, 429]);
      expect(await statuses(fresh, 6)).toEqual([200, 200, 200, 200, 200, 429]);
      expect((await shared.agent.clientCredentials({ ...fresh, secret: 'f'.repeat(64) })).status).toBe(401);
    });
  });
}

async function memberOf(client: WorldClient) {
  return (await world.app.get(MembershipsService).findForClient(client.id))!.id;
}
