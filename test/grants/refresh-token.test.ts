import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import { startWorld, type World } from '../helpers/world.js';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

const family = async () => (await world.agent.codeFlow(world.project.app, world.project.person)).body;

describe('refresh_token', () => {
  it('BCP-12 F21 F22 W-093 rotates, and answers refresh_token, project and profile', async () => {
    const first = await family();
    const { status, body } = await world.agent.refresh(world.project.app, first.refresh_token);
    expect(status).toBe(200);
    expect(body.refresh_token).not.toBe(first.refresh_token);
    expect(body).toMatchObject({
      project: first.project,
      profile: first.profile,
      scope: first.scope,
      expires_in: 3600,
    });
    expect((await world.agent.userinfo(body.access_token)).status).toBe(200);
  });

  it('OIDF-B37 F46 AT-05 the refreshed id_token keeps iss, sub, aud and auth_time and has no nonce', async () => {
    const { body: first } = await world.agent.codeFlow(world.project.app, world.project.person, {
      nonce: 'n-2',
    });
    world.app.clock.advance(5_000);
    const { body } = await world.agent.refresh(world.project.app, first.refresh_token);
    const before = decodeJwt(first.id_token);
    const after = decodeJwt(body.id_token);
    for (const claim of ['iss', 'sub', 'aud', 'auth_time', 'acr', 'amr', 'sid']) {
      expect(before[claim]).toBeDefined();
      expect(after[claim]).toEqual(before[claim]);
    }
    expect(after.iat! - before.iat!).toBeGreaterThanOrEqual(5);
    expect(after).not.toHaveProperty('nonce');
  });

  it('F82 W-103 within the grace the predecessor answers the same successor; parallel refreshes agree', async () => {
    const first = await family();
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => world.agent.refresh(world.project.app, first.refresh_token)),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(200));
    expect(new Set(answers.map(({ body }) => body.refresh_token)).size).toBe(1);
    // Half of the grace: a slow machine adds time of its own.
    world.app.clock.advance(10_000);
    const late = await world.agent.refresh(world.project.app, first.refresh_token);
    expect(late.body.refresh_token).toBe(answers[0]!.body.refresh_token);
  });

  it('BCP-14 ASVS-10.4.5 F82 W-104 W-105 after the grace a replay ends the family and its access tokens', async () => {
    const first = await family();
    const second = await world.agent.refresh(world.project.app, first.refresh_token);
    world.app.clock.advance(20_001);
    const replay = await world.agent.refresh(world.project.app, first.refresh_token);
    expect([replay.status, replay.body.error]).toEqual([400, 'invalid_grant']);
    expect((await world.agent.userinfo(second.body.access_token)).status).toBe(401);
    expect((await world.agent.refresh(world.project.app, second.body.refresh_token)).body.error).toBe(
      'invalid_grant',
    );
  });

  it('F82 once the successor was used, the predecessor is a replay even within the grace', async () => {
    const first = await family();
    const second = await world.agent.refresh(world.project.app, first.refresh_token);
    const third = await world.agent.refresh(world.project.app, second.body.refresh_token);
    expect(third.status).toBe(200);
    expect((await world.agent.refresh(world.project.app, first.refresh_token)).body.error).toBe(
      'invalid_grant',
    );
    expect((await world.agent.userinfo(third.body.access_token)).status).toBe(401);
  });

  it('F118 knowing a family without having held a token of it cannot end it', async () => {
    const first = await family();
    const bytes = Buffer.from(first.refresh_token, 'base64url');
    for (const at of [0, 18, 30, 60]) {
      const forged = Buffer.from(bytes);
      forged[at] = forged[at]! ^ 1;
      expect((await world.agent.refresh(world.project.app, forged.toString('base64url'))).body.error).toBe(
        'invalid_grant',
      );
    }
    expect((await world.agent.refresh(world.project.app, first.refresh_token)).status).toBe(200);
  });

  it('BCP-15 ends when it idles for the client lifetime, and renews with each use', async () => {
    const first = await family();
    world.app.clock.advance(13 * 86_400_000);
    const second = await world.agent.refresh(world.project.app, first.refresh_token);
    expect(second.status).toBe(200);
    world.app.clock.advance(13 * 86_400_000);
    const third = await world.agent.refresh(world.project.app, second.body.refresh_token);
    expect(third.status).toBe(200);
    world.app.clock.advance(14 * 86_400_000 + 1);
    expect((await world.agent.refresh(world.project.app, third.body.refresh_token)).body.error).toBe(
      'invalid_grant',
    );
  });

  it('BCP-15 ASVS-10.4.8 ends after a year at the latest, however often it is used', async () => {
    let { refresh_token: token } = await family();
    for (let week = 0; week < 52; week++) {
      world.app.clock.advance(7 * 86_400_000);
      const { status, body } = await world.agent.refresh(world.project.app, token);
      expect([week, status]).toEqual([week, 200]);
      token = body.refresh_token;
    }
    world.app.clock.advance(86_400_000);
    expect((await world.agent.refresh(world.project.app, token)).body.error).toBe('invalid_grant');
  });

  it('a narrower scope holds for the answer, a wider one is refused, SMT-08 BCP-13', async () => {
    const { body: first } = await world.agent.codeFlow(world.project.app, world.project.person, {
      scope: 'openid email offline_access',
    });
    const narrow = await world.agent.refresh(world.project.app, first.refresh_token, { scope: 'openid' });
    expect(narrow.body.scope).toBe('openid');
    const wide = await world.agent.refresh(world.project.app, narrow.body.refresh_token, {
      scope: 'openid profile',
    });
    expect([wide.status, wide.body.error]).toEqual([400, 'invalid_scope']);
    const whole = await world.agent.refresh(world.project.app, narrow.body.refresh_token);
    expect(whole.body.scope).toBe('openid email offline_access');
  });

  it('F8 reads an absent client_id from the refresh token of a public client', async () => {
    const first = await family();
    const { status } = await world.agent.token({
      grant_type: 'refresh_token',
      refresh_token: first.refresh_token,
    });
    expect(status).toBe(200);
  });

  it('refuses a family of another client without ending it', async () => {
    const first = await family();
    for (const thief of [world.project.server, world.other.app]) {
      expect((await world.agent.refresh(thief, first.refresh_token)).body.error).toBe('invalid_grant');
    }
    expect((await world.agent.refresh(world.project.app, first.refresh_token)).status).toBe(200);
  });

  it('a family that began authenticated is refreshed authenticated (rulings 6)', async () => {
    const { server, person } = world.project;
    const first = (await world.agent.codeFlow(server, person)).body;
    const bare = await world.agent.token({
      grant_type: 'refresh_token',
      refresh_token: first.refresh_token,
      client_id: server.id,
    });
    expect([bare.status, bare.body.error]).toEqual([401, 'invalid_client']);
    expect((await world.agent.refresh(server, first.refresh_token)).status).toBe(200);
  });

  it.each([
    ['nothing', () => undefined, 'invalid_request'],
    ['rubbish', () => 'rubbish', 'invalid_grant'],
    ['an access token', (body: { access_token: string }) => body.access_token, 'invalid_grant'],
    ['an id_token', (body: { id_token: string }) => body.id_token, 'invalid_grant'],
  ] as const)('refuses %s as refresh token', async (_name, pick, error) => {
    const first = await family();
    const form = { grant_type: 'refresh_token', client_id: world.project.app.id, refresh_token: pick(first) };
    expect((await world.agent.token(form)).body.error).toBe(error);
  });

  it('F33 W-110 ASVS-9.2.2 a refresh token opens no door as a bearer token', async () => {
    const first = await family();
    expect((await world.agent.userinfo(first.refresh_token)).status).toBe(401);
  });
});
