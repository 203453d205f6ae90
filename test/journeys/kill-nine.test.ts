import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type JsonAnswer, newPkce, OAuthAgent, type TestClient } from '../helpers/oauth-agent.js';
import { freePort } from '../helpers/ports.js';
import { Installation, type ServerProcess } from '../helpers/server-process.js';
import { until } from '../kernel/wait.js';

const admin = { email: 'ada@example.org', password: 'violet harbor lantern 42' };
const rounds = 2;
const codesPerRound = 8;

/** What the client was told, so that it may rely on it. */
interface Told {
  /** Access tokens of grants that were acknowledged. */
  readonly tokens: string[];
  /** Codes that were sent, with how often their redemption was acknowledged. */
  readonly codes: {
    readonly code: string;
    readonly verifier: string;
    redeemed: number;
    families: string[];
  }[];
  /** Refresh tokens of acknowledged rotations, newest last; `lost` when the answer to the newest use never came. */
  readonly family: { readonly used: string[]; newest: string; lost: boolean };
}

describe('kill -9 of everything in the middle of token traffic', () => {
  let house: Installation;
  let server: ServerProcess;
  let agent: OAuthAgent;
  let client: TestClient;
  let env: Record<string, string>;

  beforeAll(async () => {
    house = Installation.make();
    env = {
      // The same address after the restart: it is the issuer.
      PORT: String(await freePort()),
      CAREKEY_DATA_DIR: house.newDataDir(),
      CAREKEY_ADMIN_EMAIL: admin.email,
      CAREKEY_ADMIN_PASSWORD: admin.password,
      CAREKEY_LOG_LEVEL: 'error',
      CAREKEY_RATE_LIMIT_REQUESTS: '-1',
      CAREKEY_RATE_LIMIT_SIGN_IN: '-1',
      CAREKEY_RATE_LIMIT_TOKENS: '-1',
      CAREKEY_RATE_LIMIT_CLIENT_TOKENS: '-1',
      CAREKEY_RATE_LIMIT_PROJECT_TOKENS: '-1',
      CAREKEY_RATE_LIMIT_FHIR: '-1',
      CAREKEY_RATE_LIMIT_PROJECT_FHIR: '-1',
    };
    server = await house.startReady(env);
    agent = new OAuthAgent(server.baseUrl);
    const { CLIENT_ID: id, CLIENT_SECRET: secret } = server.firstSteps();
    client = { id: id!, secret: secret!, redirectUri: 'http://127.0.0.1/callback' };
  }, 90_000);
  afterAll(() => house.remove());

  async function newCode(): Promise<{ code: string; verifier: string }> {
    const { verifier, challenge } = newPkce();
    const back = await agent.signIn(client, admin, {
      code_challenge: challenge,
      code_challenge_method: 'S256',
    });
    return { code: back.searchParams.get('code')!, verifier };
  }

  /** An answer, or `undefined` when the connection broke: then nobody knows whether it was done. */
  async function answered(request: Promise<JsonAnswer>): Promise<JsonAnswer | undefined> {
    return request.catch(() => undefined);
  }

  async function getTokens(told: Told): Promise<void> {
    for (let answer = await answered(agent.clientCredentials(client)); answer; ) {
      if (answer.status === 200) told.tokens.push(answer.body.access_token);
      answer = await answered(agent.clientCredentials(client));
    }
  }

  async function rotate({ family, tokens }: Told): Promise<void> {
    for (;;) {
      const answer = await answered(agent.refresh(client, family.newest));
      if (!answer) {
        family.lost = true;
        return;
      }
      if (answer.status !== 200) continue;
      family.used.push(family.newest);
      family.newest = answer.body.refresh_token;
      tokens.push(answer.body.access_token);
    }
  }

  async function redeem({ codes }: Told): Promise<void> {
    for (const one of codes) {
      const answer = await answered(agent.redeem(client, one.code, one.verifier));
      if (!answer) return;
      if (answer.status === 200) {
        one.redeemed += 1;
        one.families.push(answer.body.refresh_token);
      }
    }
  }

  it.each(Array.from({ length: rounds }, (_, round) => round + 1))(
    'round %i: no acknowledged grant is lost, no code is usable twice',
    async (round) => {
      const codes: Told['codes'] = [];
      for (let n = 0; n < codesPerRound; n++) codes.push({ ...(await newCode()), redeemed: 0, families: [] });
      const first = await newCode();
      const { body } = await agent.redeem(client, first.code, first.verifier);
      const told: Told = { tokens: [], codes, family: { used: [], newest: body.refresh_token, lost: false } };

      const traffic = [getTokens(told), getTokens(told), rotate(told), redeem(told)];
      // Somewhere in the middle: another place in each round.
      await until(() => told.tokens.length >= 20 * round && codes.some(({ redeemed }) => redeemed > 0), {
        withinMs: 30_000,
        everyMs: 1,
      });
      await server.killEverything();
      await Promise.all(traffic);
      server = await house.startReady(env);

      // Every access token that a client holds is known and live.
      for (const token of told.tokens) {
        expect((await agent.introspect(client, token)).body.active).toBe(true);
      }
      // The newest refresh token works: if its use was lost on the way, as the repeat that the grace allows.
      expect((await agent.refresh(client, told.family.newest)).status).toBe(200);
      // What a code gave is there, and the code gives nothing more.
      for (const one of codes) {
        for (const token of one.families) expect((await agent.refresh(client, token)).status).toBe(200);
        const again = await agent.redeem(client, one.code, one.verifier);
        if (again.status === 200) one.redeemed += 1;
        const onceMore = await agent.redeem(client, one.code, one.verifier);
        expect(onceMore).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
        expect(one.redeemed).toBeLessThanOrEqual(1);
      }
      // A replay after the grace still ends the family: what was rotated away came back as rotated away.
      const [oldest] = told.family.used;
      if (oldest && told.family.used.length > 1) {
        expect((await agent.refresh(client, oldest)).status).toBe(400);
      }
    },
    120_000,
  );
});
