import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import type { LoginId } from '../../src/kernel/ids.js';
import { LoginsService } from '../../src/logins/logins.service.js';
import { BrowserAgent, formTo } from '../helpers/browser-agent.js';
import { newPkce } from '../helpers/oauth-agent.js';
import { startWorld, type World } from '../helpers/world.js';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

/** Signs somebody in and leaves only some ticks on the consent page; what the app gets in the end. */
async function untick(scope: string, kept: readonly string[]) {
  const { app } = world.project;
  const { verifier, challenge } = newPkce();
  const browser = new BrowserAgent(world.app.baseUrl);
  const person = await world.addPerson(world.project.id);
  const follow = async (response: Response) => browser.get(response.headers.get('location')!);
  const asked = { scope, code_challenge: challenge, code_challenge_method: 'S256' };
  const signIn = await follow(await browser.get(world.agent.authorizeUrl(app, asked)));
  const form = formTo(await signIn.text(), '/signin');
  const { email, password } = person;
  const consent = await (await follow(await browser.submit(form, { email, password }))).text();
  const { action, fields } = formTo(consent, '/consent');
  const ticks = Object.entries(fields).filter(
    ([name, value]) => !name.startsWith('scope_') || kept.includes(value),
  );
  const back = await browser.submit({ action, fields: Object.fromEntries(ticks) }, { decision: 'allow' });
  const answer = new URL(back.headers.get('location')!).searchParams;
  const code = answer.get('code');
  return code ? (await world.agent.redeem(app, code, verifier)).body : Object.fromEntries(answer);
}

describe('what is granted', () => {
  it('F30 F47 unticked scopes are not granted, and the login remembers what was asked for', async () => {
    const tokens = await untick('openid profile email offline_access', ['openid', 'email']);
    expect(tokens.scope).toBe('openid email');
    expect(tokens.refresh_token).toBeUndefined();
    const { login_id: id } = decodeJwt(tokens.access_token);
    expect(await world.app.get(LoginsService).find(id as LoginId)).toMatchObject({
      scope: 'openid email',
      requestedScope: 'openid profile email offline_access',
    });
  });

  it('F30 allowing nothing of what was asked for is a refusal', async () => {
    expect((await untick('profile email', [])).error).toBe('access_denied');
  });
});
