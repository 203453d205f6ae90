import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeProtectedHeader } from 'jose';
import { testSealingKey } from '../helpers/app.js';
import { newPkce, OAuthAgent, type TestClient } from '../helpers/oauth-agent.js';
import { OutsidePostgres, outsideVersions } from '../helpers/outside-postgres.js';
import { freePort } from '../helpers/ports.js';
import { Installation, type ServerProcess } from '../helpers/server-process.js';
import { until } from '../kernel/wait.js';

const admin = { email: 'ada@example.org', password: 'violet harbor lantern 42' };

const major = outsideVersions.at(-1);
const run = major === undefined ? describe.skip : describe;

run(`two web processes behind one name, on PostgreSQL ${major ?? '(none is installed)'}`, () => {
  let house: Installation;
  let outside: OutsidePostgres;
  let env: Record<string, string>;
  let processes: ServerProcess[];
  let agents: OAuthAgent[];
  let client: TestClient;

  beforeAll(async () => {
    house = Installation.make();
    outside = await OutsidePostgres.start(major!);
    const { owner, app } = await outside.newDatabase('two_processes');
    const ports = [await freePort(), await freePort()];
    env = {
      DATABASE_URL: app,
      CAREKEY_MIGRATION_DATABASE_URL: owner,
      CAREKEY_SEALING_KEYS: testSealingKey,
      CAREKEY_DATA_DIR: house.newDataDir(),
      CAREKEY_BASE_URL: `http://localhost:${ports[0]}/`,
      CAREKEY_ADMIN_EMAIL: admin.email,
      CAREKEY_ADMIN_PASSWORD: admin.password,
    };
    const first = await house.startReady({ ...env, PORT: String(ports[0]) });
    const { CLIENT_ID: id, CLIENT_SECRET: secret } = first.firstSteps();
    client = { id: id!, secret: secret!, redirectUri: 'http://127.0.0.1/callback' };
    processes = [first, await house.startReady({ ...env, PORT: String(ports[1]) })];
    agents = processes.map(({ baseUrl }) => new OAuthAgent(baseUrl));
  }, 120_000);
  afterAll(async () => {
    await house.remove();
    await outside.stop();
  });

  const refused = async (agent: OAuthAgent, token: string) =>
    (await agent.introspect(client, token)).body.active === false;

  it('a code of one is redeemed at the other, refreshed and revoked at either, and both know within a second', async () => {
    const [one, two] = agents as [OAuthAgent, OAuthAgent];
    const { verifier, challenge } = newPkce();
    const back = await one.signIn(client, admin, {
      code_challenge: challenge,
      code_challenge_method: 'S256',
    });
    const first = await two.redeem(client, back.searchParams.get('code')!, verifier);
    expect(first.status).toBe(200);
    const [a, b] = await Promise.all(agents.map((agent) => agent.refresh(client, first.body.refresh_token)));
    expect([a!.status, b!.status]).toEqual([200, 200]);
    expect(a!.body.refresh_token).toBe(b!.body.refresh_token);
    for (const agent of agents) expect(await refused(agent, a!.body.access_token)).toBe(false);
    await two.revoke(client, a!.body.refresh_token);
    expect(await refused(two, a!.body.access_token)).toBe(true);
    await until(() => refused(one, b!.body.access_token), { withinMs: 1_000 });
  });

  it('`carekey keys revoke`, a third process, takes a key from both, and both go on with the same new one', async () => {
    const tokens = await Promise.all(agents.map((agent) => agent.clientCredentials(client)));
    const { kid } = decodeProtectedHeader(tokens[0]!.body.access_token);
    expect(decodeProtectedHeader(tokens[1]!.body.access_token).kid).toBe(kid);
    expect((await house.carekey(['keys', 'revoke', kid!], env)).code).toBe(0);
    for (const agent of agents) {
      await until(() => refused(agent, tokens[0]!.body.access_token), { withinMs: 1_000 });
    }
    const fresh = await Promise.all(agents.map((agent) => agent.clientCredentials(client)));
    const kids = fresh.map(({ body }) => decodeProtectedHeader(body.access_token).kid);
    expect(kids[0]).toBe(kids[1]);
    expect(kids[0]).not.toBe(kid);
  });

  it('when one is killed, the other goes on, and what was revoked stays so', async () => {
    const [one, two] = agents as [OAuthAgent, OAuthAgent];
    const gone = (await one.clientCredentials(client)).body.access_token;
    const kept = (await one.clientCredentials(client)).body.access_token;
    await one.revoke(client, gone);
    await processes[0]!.stop('SIGKILL');
    await until(() => refused(two, gone), { withinMs: 1_000 });
    expect(await refused(two, kept)).toBe(false);
    expect((await two.clientCredentials(client)).status).toBe(200);
  });
});
