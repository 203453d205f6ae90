import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import type { LoginId } from '../../src/kernel/ids.js';
import { LoginsService } from '../../src/logins/logins.service.js';
import { formTo } from '../helpers/browser-agent.js';
import { Visitor } from '../helpers/visitor.js';
import { startWorld, type World } from '../helpers/world.js';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

/** Signs somebody in and leaves only some ticks on the consent page; what the app gets in the end. */
async function untick(scope: string, kept: readonly string[]) {
  const ada = new Visitor(world, await world.addPerson(world.project.id));
  const page = await ada.signIn(await ada.ask({ scope }));
  const html = await (await ada.browser.get(page.url.href)).text();
  const ticks = Object.entries(formTo(html, '/consent').fields).filter(([name]) => name.startsWith('scope_'));
  const left = ticks.map(([name, value]) => [name, kept.includes(value) ? value : '']);
  const stop = await ada.send(page, { ...Object.fromEntries(left), decision: 'allow' });
  return stop.answer['code'] ? (await ada.redeem(stop)).body : stop.answer;
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
