import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import { Access } from '../../src/authentication/access.decorator.js';
import { AccessGuard } from '../../src/authentication/access.guard.js';
import type { AppError } from '../../src/kernel/errors.js';
import { type Route, routesOf } from '../architecture/routes.js';
import { sourcesBelow } from '../architecture/sources.js';
import { startWorld, type World } from '../helpers/world.js';

/** A request to a route, its path parameters filled with something that does not exist. */
function call(
  baseUrl: string,
  { method, path }: Route,
  headers: Record<string, string> = {},
): Promise<Response> {
  const address = new URL(path.slice(1).replace(/:\w+/g, '00000000-0000-7000-8000-000000000000'), baseUrl);
  const verb = method === 'all' ? 'GET' : method.toUpperCase();
  return fetch(address, { method: verb, redirect: 'manual', headers });
}

describe('access', () => {
  let world: World;
  const routes = routesOf(sourcesBelow('src'));
  const guarded = routes.filter(({ access }) => access !== 'public');

  beforeAll(async () => {
    world = await startWorld();
  });
  afterAll(() => world.close());

  it('every route that is not public answers 401 without, with a wrong, and with a malformed credential', async () => {
    for (const route of guarded) {
      for (const authorization of [undefined, 'Bearer abc.def.ghi', 'Bearer', 'Basic eDp5', 'Negotiate x']) {
        const response = await call(world.app.baseUrl, route, authorization ? { authorization } : {});
        expect([route.path, authorization, response.status]).toEqual([route.path, authorization, 401]);
        const challenge = authorization?.startsWith('Basic') ? /^Basic/ : /^Bearer/;
        expect(response.headers.get('www-authenticate')).toMatch(challenge);
      }
      // Wrong secrets from one address are counted by the minute.
      world.app.clock.advance(5_000);
    }
  });

  it('every public route answers as if there were no credential when a stale one is sent along', async () => {
    // Two judge for themselves the token that they are about (OIDC Core 5.3; rulings 9: a second sign-out is 401).
    const judging = ['/oauth2/userinfo', '/oauth2/logout'];
    const open = routes.filter(({ access, path }) => access === 'public' && !judging.includes(path));
    expect(open.length).toBeGreaterThan(10);
    for (const route of open.filter(({ method }) => method === 'get')) {
      const without = await call(world.app.baseUrl, route);
      const stale = await call(world.app.baseUrl, route, { authorization: 'Bearer abc.def.ghi' });
      expect([route.path, stale.status]).toEqual([route.path, without.status]);
    }
  });

  it('silence means no: a handler without a rule lets nobody in, whatever the token', async () => {
    class Planted {
      silent(): void {}

      @Access('member')
      open(): void {}
    }
    const guard = world.app.get(AccessGuard);
    const ask = (handler: () => void, headers: Record<string, string>) => {
      const request = { headers, socket: { remoteAddress: '127.0.0.1' } };
      const context = new ExecutionContextHost([request], Planted, handler);
      return guard.canActivate(context).then(String, (error: AppError) => error.code);
    };
    const { silent, open } = Planted.prototype;
    const { body } = await world.agent.clientCredentials(world.project.server);
    const token = { authorization: `Bearer ${body.access_token}` };
    expect(await ask(open, token)).toBe('true');
    expect(await ask(open, {})).toBe('unauthenticated');
    expect(await ask(silent, token)).toBe('forbidden');
    expect(await ask(silent, {})).toBe('unauthenticated');
  });
});
