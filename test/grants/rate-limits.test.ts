import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startWorld, type World } from '../helpers/world.js';

let world: World;
beforeAll(async () => {
  world = await startWorld({ env: { CAREKEY_RATE_LIMIT_TOKENS: '3', CAREKEY_RATE_LIMIT_REQUESTS: '60' } });
});
afterAll(() => world.close());

describe('BCP-45 F19 F38 W-554 traffic limits', () => {
  it('a family that refreshes too often gets 429 with a RateLimit header, and its token stays good', async () => {
    let { refresh_token: token } = (await world.agent.codeFlow(world.project.app, world.project.person)).body;
    for (let turn = 0; turn < 3; turn++) {
      token = (await world.agent.refresh(world.project.app, token)).body.refresh_token;
    }
    const refused = await world.agent.refresh(world.project.app, token);
    expect([refused.status, refused.headers.get('ratelimit')]).toEqual([429, '"tokens";r=0;t=60']);
    expect(refused.headers.get('retry-after')).toBe('60');
    const { body } = await world.agent.introspect(world.project.server, token);
    expect(body.active).toBe(true);
  });

  it('W-554 an address that asks too often gets 429, whatever it asks', async () => {
    const answers = await Promise.all(
      Array.from({ length: 60 }, () => world.agent.get('.well-known/jwks.json')),
    );
    const refused = answers.find(({ status }) => status === 429)!;
    expect(refused.headers.get('ratelimit')).toMatch(/^"requests";r=0;t=\d+$/);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(3);
    const { status, headers, body } = await world.agent.get('auth/clientinfo/x');
    expect([status, headers.get('ratelimit'), body.id]).toEqual([
      429,
      expect.stringMatching(/^"requests";r=0;t=\d+$/),
      'too-many-requests',
    ]);
  });
});
