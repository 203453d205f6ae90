import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import { AuditService } from '../../src/audit/audit.service.js';
import { Db } from '../../src/kernel/db.js';
import { AnswerCutter } from '../helpers/answer-cutter.js';
import { startApp, type TestApp } from '../helpers/app.js';
import { BrowserAgent, formTo } from '../helpers/browser-agent.js';
import { TestClock } from '../helpers/clock.js';
import { type JsonAnswer, newPkce, OAuthAgent } from '../helpers/oauth-agent.js';
import { startWorld, type World } from '../helpers/world.js';

/** Connections are kept alive and shared out between two nodes on one database; time stands still. */
const parallel = 200;
let world: World;
let second: TestApp;
let agents: readonly OAuthAgent[];

beforeAll(async () => {
  const clock = new TestClock();
  clock.hold();
  const env = { CAREKEY_DATABASE_POOL: '12' };
  world = await startWorld({ clock, env });
  second = await startApp({
    database: world.app.database,
    clock,
    env: { ...env, CAREKEY_BASE_URL: world.app.baseUrl },
  });
  agents = [world.agent, new OAuthAgent(second.listensOn)];
});
afterAll(async () => {
  await second.close();
  await world.close();
});

/** `parallel` requests at once, every other one to the other node. A busy server's 503 is asked again, as the SDK does. */
function atOnce(ask: (agent: OAuthAgent) => Promise<JsonAnswer>): Promise<JsonAnswer[]> {
  return Promise.all(
    Array.from({ length: parallel }, async (_, at) => {
      for (;;) {
        const answer = await ask(agents[at % agents.length]!);
        if (answer.status !== 503) return answer;
      }
    }),
  );
}

/** What came how often: "200" or "400 invalid_grant". */
function tally(answers: readonly JsonAnswer[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { status, body } of answers) {
    const what = body.error ? `${status} ${body.error}` : String(status);
    counts[what] = (counts[what] ?? 0) + 1;
  }
  return counts;
}

async function newCode() {
  const { verifier, challenge } = newPkce();
  const back = await world.agent.signIn(world.project.app, world.project.person, {
    code_challenge: challenge,
    code_challenge_method: 'S256',
  });
  return { code: back.searchParams.get('code')!, verifier };
}

async function recordsOf(loginId: unknown): Promise<string[]> {
  const audit = world.app.get(AuditService);
  const page = await world.app
    .get(Db)
    .read((tx) => audit.page(tx, { projectId: world.project.id, limit: 10_000 }));
  return page.filter((record) => record.loginId === loginId).map(({ type }) => type);
}

describe('two hundred at once, on two nodes', () => {
  it('BCP-07 redemptions of one code: one succeeds, and the replays end what came from it', async () => {
    const { code, verifier } = await newCode();
    const answers = await atOnce((agent) => agent.redeem(world.project.app, code, verifier));
    expect(tally(answers)).toEqual({ 200: 1, '400 invalid_grant': parallel - 1 });
    const tokens = answers.find(({ status }) => status === 200)!.body;
    for (const agent of agents) {
      expect((await agent.userinfo(tokens.access_token)).status).toBe(401);
      expect((await agent.refresh(world.project.app, tokens.refresh_token)).body.error).toBe('invalid_grant');
    }
    const records = await recordsOf(decodeJwt(tokens.access_token)['login_id']);
    expect(records.filter((type) => type === 'token.issued')).toHaveLength(1);
    expect(records.filter((type) => type === 'login.revoked')).toHaveLength(1);
  });

  it('W-106 F82 refreshes of one token: all get the same successor, which works and is the only one', async () => {
    const first = (await world.agent.codeFlow(world.project.app, world.project.person)).body;
    const answers = await atOnce((agent) => agent.refresh(world.project.app, first.refresh_token));
    expect(tally(answers)).toEqual({ 200: parallel });
    const successors = new Set(answers.map(({ body }) => body.refresh_token));
    expect(successors.size).toBe(1);
    const records = await recordsOf(decodeJwt(first.access_token)['login_id']);
    expect(records.filter((type) => type === 'token.refreshed')).toHaveLength(1);
    expect(records.filter((type) => type === 'token.grace-used')).toHaveLength(parallel - 1);

    const [successor] = successors;
    const next = await agents[1]!.refresh(world.project.app, successor);
    expect(next.status).toBe(200);
    // Now the first one is two steps back: a replay, on any node, ends everything.
    expect((await agents[0]!.refresh(world.project.app, first.refresh_token)).body.error).toBe(
      'invalid_grant',
    );
    for (const agent of agents) {
      const answer = await agent.refresh(world.project.app, next.body.refresh_token);
      expect(answer.body.error).toBe('invalid_grant');
      expect((await agent.userinfo(next.body.access_token)).status).toBe(401);
    }
  });

  it('V09 V23 guesses of one password: never more than ten are tried, and the right one waits too', async () => {
    const { email, password } = await world.addPerson(world.project.id);
    const forms = await Promise.all(
      agents.map(async ({ baseUrl }) => {
        const browser = new BrowserAgent(baseUrl);
        const page = await browser.get(`/signin?project=${world.project.id}`);
        const form = formTo(await page.text(), '/signin');
        return (guess: string) => browser.submit(form, { email, password: guess });
      }),
    );
    const statuses = await Promise.all(
      Array.from({ length: parallel }, async (_, at) => {
        const answer = await forms[at % forms.length]!(`wrong guess number ${at}`);
        await answer.arrayBuffer();
        return answer.status;
      }),
    );
    // 503: the try was used up, but too many hashes waited already.
    const tried = statuses.filter((status) => status === 400 || status === 503);
    expect(tried).toHaveLength(10);
    expect(statuses.filter((status) => status === 429)).toHaveLength(parallel - 10);
    for (const guess of forms) expect((await guess(password)).status).toBe(429);
    world.app.clock.advance(15 * 60_000 + 1);
    for (const guess of forms) expect((await guess(password)).status).toBe(303);
  });
});

describe('F20 an answer that gets lost', () => {
  let cutter: AnswerCutter;
  let agent: OAuthAgent;
  beforeAll(async () => {
    cutter = await AnswerCutter.open(world.app.listensOn);
    agent = new OAuthAgent(cutter.baseUrl);
  });
  afterAll(() => cutter.close());

  /** As the SDK does: a broken line, then the same body again. */
  async function withLostAnswer(ask: () => Promise<JsonAnswer>): Promise<JsonAnswer> {
    cutter.losing = 1;
    const before = cutter.lost;
    await expect(ask()).rejects.toThrow('fetch failed');
    expect(cutter.lost).toBe(before + 1);
    return ask();
  }

  it('of a refresh: asking again gets the successor that was lost', async () => {
    const first = (await world.agent.codeFlow(world.project.app, world.project.person)).body;
    const again = await withLostAnswer(() => agent.refresh(world.project.app, first.refresh_token));
    expect(again.status).toBe(200);
    expect((await agent.userinfo(again.body.access_token)).status).toBe(200);
    expect((await agent.refresh(world.project.app, again.body.refresh_token)).status).toBe(200);
  });

  it('of a code redemption: asking again is invalid_grant, and what was lost opens nothing', async () => {
    const { code, verifier } = await newCode();
    const again = await withLostAnswer(() => agent.redeem(world.project.app, code, verifier));
    expect([again.status, again.body.error]).toEqual([400, 'invalid_grant']);
    const audit = world.app.get(AuditService);
    const [last] = await world.app
      .get(Db)
      .read((tx) => audit.page(tx, { projectId: world.project.id, limit: 1 }));
    expect(['code.replayed', 'login.revoked']).toContain(last!.type);
  });

  it('of client credentials: asking again gets another token', async () => {
    expect((await withLostAnswer(() => agent.clientCredentials(world.project.server))).status).toBe(200);
  });
});
