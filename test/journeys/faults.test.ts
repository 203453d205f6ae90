import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AuditService } from '../../src/audit/audit.service.js';
import { Db } from '../../src/kernel/db.js';
import { BrowserAgent, formTo } from '../helpers/browser-agent.js';
import { newPkce } from '../helpers/oauth-agent.js';
import { startWorld, type World } from '../helpers/world.js';

let world: World;
let db: Db;
beforeAll(async () => {
  world = await startWorld();
  db = world.app.get(Db);
});
afterAll(() => world.close());

/** How many records a project has: what a failed act must not change. */
async function recordCount(): Promise<number> {
  const audit = world.app.get(AuditService);
  const page = await db.read((tx) => audit.page(tx, { projectId: world.project.id, limit: 10_000 }));
  return page.length;
}

const broken = () => {
  throw new Error('injected');
};

/** Fails every commit before it is sent while `act` runs. */
async function failingCommits<Result>(act: () => Promise<Result>): Promise<Result> {
  db.faults = { beforeCommit: broken };
  try {
    return await act();
  } finally {
    db.faults = {};
  }
}

/** Loses the answer of every commit while `act` runs. */
async function losingAnswers<Result>(act: () => Promise<Result>): Promise<Result> {
  db.faults = { afterCommit: broken };
  try {
    return await act();
  } finally {
    db.faults = {};
  }
}

async function newCode() {
  const { verifier, challenge } = newPkce();
  const back = await world.agent.signIn(world.project.app, world.project.person, {
    code_challenge: challenge,
    code_challenge_method: 'S256',
  });
  return { code: back.searchParams.get('code')!, verifier };
}

describe('F20 a 5xx leaves nothing behind', () => {
  it('client credentials', async () => {
    const before = await recordCount();
    const failed = await failingCommits(() => world.agent.clientCredentials(world.project.server));
    expect([failed.status, failed.body.error]).toEqual([500, 'server_error']);
    expect(JSON.stringify(failed.body)).not.toContain('injected');
    expect(await recordCount()).toBe(before);
    expect((await losingAnswers(() => world.agent.clientCredentials(world.project.server))).status).toBe(200);
  });

  it('authorization_code: the code stays good', async () => {
    const { code, verifier } = await newCode();
    const failed = await failingCommits(() => world.agent.redeem(world.project.app, code, verifier));
    expect(failed.status).toBe(500);
    const lost = await losingAnswers(() => world.agent.redeem(world.project.app, code, verifier));
    expect(lost.status).toBe(200);
    expect((await world.agent.userinfo(lost.body.access_token)).status).toBe(200);
  });

  it('refresh_token: the family is where it was', async () => {
    const { code, verifier } = await newCode();
    const first = (await world.agent.redeem(world.project.app, code, verifier)).body;
    const failed = await failingCommits(() => world.agent.refresh(world.project.app, first.refresh_token));
    expect(failed.status).toBe(500);
    const lost = await losingAnswers(() => world.agent.refresh(world.project.app, first.refresh_token));
    expect(lost.status).toBe(200);
    expect((await world.agent.refresh(world.project.app, lost.body.refresh_token)).status).toBe(200);
  });

  it('revocation: the token lives on', async () => {
    const { code, verifier } = await newCode();
    const { access_token: token } = (await world.agent.redeem(world.project.app, code, verifier)).body;
    expect((await failingCommits(() => world.agent.revoke(world.project.app, token))).status).toBe(500);
    expect((await world.agent.userinfo(token)).status).toBe(200);
    expect((await losingAnswers(() => world.agent.revoke(world.project.app, token))).status).toBe(200);
    expect((await world.agent.userinfo(token)).status).toBe(401);
  });

  it('a refusal that cannot be recorded is no success', async () => {
    const failed = await failingCommits(() =>
      world.agent.clientCredentials({ ...world.project.server, secret: 'wrong' }),
    );
    expect(failed.status).toBe(500);
  });

  it('sign-in: no session cookie', async () => {
    const browser = new BrowserAgent(world.app.baseUrl);
    const { challenge } = newPkce();
    const url = world.agent.authorizeUrl(world.project.app, {
      code_challenge: challenge,
      code_challenge_method: 'S256',
    });
    const page = await browser.get((await browser.get(url)).headers.get('location')!);
    const form = formTo(await page.text(), '/signin');
    const failed = await failingCommits(() => browser.submit(form, { ...world.project.person } as never));
    expect(failed.status).toBeGreaterThanOrEqual(500);
    expect(browser.cookieNames).not.toContain('carekey-session');
    expect((await browser.submit(form, { ...world.project.person } as never)).status).toBe(303);
  });
});
