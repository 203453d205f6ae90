import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import { AuditService } from '../../src/audit/audit.service.js';
import { anonymousActor, type RequestContext } from '../../src/kernel/actor.js';
import { Clock } from '../../src/kernel/clock.js';
import { Config, loadConfig } from '../../src/kernel/config.js';
import { Db } from '../../src/kernel/db.js';
import { RequestContexts } from '../../src/kernel/request-context.js';
import { startWorld, type World } from '../helpers/world.js';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

describe('tokens', () => {
  it('AT-04 BCP-16 F48 F18 access tokens have one audience, this server, and name their project', async () => {
    const { body } = await world.agent.codeFlow(world.project.app, world.project.person);
    const claims = decodeJwt(body.access_token);
    expect(claims.aud).toBe(world.app.baseUrl);
    expect(claims).toMatchObject({ project: world.project.id, client_id: world.project.app.id });
    expect(claims).not.toHaveProperty('cid');
    expect(typeof claims.exp).toBe('number');
  });

  it('AT-08 say nothing about the person but ids', async () => {
    const { body } = await world.agent.codeFlow(world.project.app, world.project.person);
    const { payload } = { payload: Buffer.from(body.access_token.split('.')[1], 'base64url').toString() };
    for (const word of [world.project.person.email, 'Ada', 'Quill']) expect(payload).not.toContain(word);
  });

  it('F6 live at least ten minutes, whatever a client asks for', async () => {
    const add = (accessTokenLifetime: number) =>
      world.addClient(world.project.id, {
        name: 'Short',
        grantTypes: ['client_credentials'],
        accessTokenLifetime,
      });
    await expect(add(599)).rejects.toMatchObject({ code: 'invalid-input' });
    const { body } = await world.agent.clientCredentials(await add(600));
    expect(body.expires_in).toBe(600);
  });

  it("MD-06 IN-03 two projects share the issuer and never each other's tokens", async () => {
    const one = (await world.agent.codeFlow(world.project.app, world.project.person)).body;
    const other = (await world.agent.codeFlow(world.other.app, world.other.person)).body;
    expect(decodeJwt(one.access_token).iss).toBe(decodeJwt(other.access_token).iss);
    expect((await world.agent.introspect(world.project.server, other.access_token)).body).toEqual({
      active: false,
    });
    expect((await world.agent.refresh(world.project.app, other.refresh_token)).body.error).toBe(
      'invalid_grant',
    );
  });

  it('IN-07 an unknown and a foreign token are looked up the same way and answered the same', async () => {
    const foreign = (await world.agent.codeFlow(world.other.app, world.other.person)).body;
    for (const pair of [
      [foreign.access_token, `${foreign.access_token.slice(0, -6)}AAAAAA`],
      [foreign.refresh_token, 'x'.repeat(91)],
    ]) {
      const answers = await Promise.all(
        pair.map((token: string) => world.agent.introspect(world.project.server, token)),
      );
      expect(answers[0]!.body).toEqual(answers[1]!.body);
      expect([...answers[0]!.headers.keys()].sort()).toEqual([...answers[1]!.headers.keys()].sort());
    }
  });

  it('RV-04 RV-05 RV-06 any of our tokens can be revoked, at once, and the record says so', async () => {
    const { app } = world.project;
    const tokens = (await world.agent.codeFlow(app, world.project.person)).body;
    expect(
      (
        await world.agent.post('oauth2/revoke', {
          token: tokens.refresh_token,
          token_type_hint: 'mac_token',
          client_id: app.id,
        })
      ).status,
    ).toBe(200);
    expect((await world.agent.userinfo(tokens.access_token)).status).toBe(401);
    const loginId = decodeJwt(tokens.access_token)['login_id'];
    const records = await world.app
      .get(Db)
      .read((tx) => world.app.get(AuditService).page(tx, { projectId: world.project.id, limit: 50 }));
    const types = records.filter((record) => record.loginId === loginId).map((record) => record.type);
    expect(types).toEqual(
      expect.arrayContaining(['login.created', 'token.issued', 'token.revoked', 'login.revoked']),
    );
  });
});

describe('F102 BCP-25 W-557 forwarded headers', () => {
  const settings = (proxies?: string) =>
    loadConfig({
      DATABASE_URL: 'postgres://x',
      CAREKEY_SEALING_KEYS: `k:${Buffer.from('0123456789abcdef0123456789abcdef').toString('base64')}`,
      ...(proxies && { CAREKEY_TRUSTED_PROXIES: proxies }),
    });
  const address = (config: Config, remoteAddress: string, forwarded?: string): RequestContext['ip'] =>
    new RequestContexts(config, new Clock()).of({
      headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
      socket: { remoteAddress },
    } as never).ip;

  it.each([
    ['are ignored by default', undefined, '198.51.100.7', '10.0.0.1', '198.51.100.7'],
    [
      'are ignored from a peer that is no trusted proxy',
      '10.0.0.0/8',
      '198.51.100.7',
      '10.0.0.1',
      '198.51.100.7',
    ],
    [
      'name the last untrusted hop behind a trusted proxy',
      '10.0.0.0/8',
      '10.1.1.1',
      '203.0.113.9, 198.51.100.7, 10.2.2.2',
      '198.51.100.7',
    ],
    ['cannot be stretched with nonsense', '10.0.0.0/8', '10.1.1.1', '203.0.113.9, rubbish', '10.1.1.1'],
    ['of a mapped IPv4 peer count as IPv4', '10.0.0.0/8', '::ffff:10.1.1.1', '203.0.113.9', '203.0.113.9'],
  ])('%s', (_name, proxies, peer, forwarded, expected) => {
    expect(address(settings(proxies), peer, forwarded)).toBe(expected);
    expect(anonymousActor({ requestId: 'r', ip: expected, userAgent: undefined }).kind).toBe('anonymous');
  });
});
