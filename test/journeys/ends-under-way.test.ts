import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ClientsService } from '../../src/clients/clients.service.js';
import { PasswordsService } from '../../src/identities/passwords.service.js';
import { systemActor } from '../../src/kernel/actor.js';
import { Db } from '../../src/kernel/db.js';
import { presentedSecret } from '../../src/kernel/secrets.js';
import type { Tx } from '../../src/kernel/tx.js';
import { CodesService } from '../../src/logins/codes.service.js';
import { LoginsService } from '../../src/logins/logins.service.js';
import { SessionsService } from '../../src/logins/sessions.service.js';
import { formTo } from '../helpers/browser-agent.js';
import { LoginAgent, said } from '../helpers/login-agent.js';
import { Visitor } from '../helpers/visitor.js';
import { startWorld, type World } from '../helpers/world.js';
import { until } from '../kernel/wait.js';

let world: World;
let logins: LoginAgent;
beforeAll(async () => {
  world = await startWorld();
  logins = new LoginAgent(world.agent);
});
afterAll(() => world.close());

const actor = systemActor('test');
const get: World['app']['get'] = (service) => world.app.get(service);

/** Lets `ask` run into a transaction that has done `body` and is not committed yet. */
async function meanwhile<Answer>(
  body: (tx: Tx) => Promise<unknown>,
  ask: () => Promise<Answer>,
): Promise<Answer> {
  let answer: Promise<Answer> | undefined;
  await get(Db).tx(async (tx) => {
    await body(tx);
    answer = ask();
    answer.catch(() => {});
    await until(() => isBlocked());
  });
  return answer!;
}

async function isBlocked(): Promise<boolean> {
  const waiting = {
    name: 'test.blocked',
    text: `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
  };
  return get(Db).read(async (tx) => (await tx.sql(waiting, [])).length > 0);
}

describe('what ends while something is founded on it', () => {
  it('a session: the request that read it before gets no code', async () => {
    const ada = await Visitor.of(world);
    const { userId } = ada.person;
    const { answer } = await meanwhile(
      (tx) => get(SessionsService).endAll(tx, actor, userId, 'test'),
      () => ada.ask({ prompt: 'none' }),
    );
    expect(answer).toMatchObject({ error: 'login_required' });
  });

  it('a session: who ends it waits for a login that is being founded on it, and ends that too', async () => {
    const ada = await Visitor.of(world);
    const { userId } = ada.person;
    const [session] = await get(SessionsService).list(userId);
    let loginId = '';
    await meanwhile(
      async (tx) => {
        expect(await get(SessionsService).hold(tx, session!)).toBe(true);
        const login = await get(LoginsService).start(tx, actor, {
          ...session!,
          projectId: world.project.id,
          clientId: world.project.app.id,
          membershipId: ada.person.membershipId,
          sessionId: session!.id,
          method: 'password',
          reach: 'full',
          requestedScope: 'openid',
          scope: 'openid',
          life: 60_000,
        });
        loginId = login.id;
      },
      () => get(Db).tx((tx) => get(SessionsService).endAll(tx, actor, userId, 'test')),
    );
    const login = await get(Db).read((tx) => get(LoginsService).read(tx, loginId as never));
    expect(login!.revokedAt).not.toBeNull();
  });

  it('a password: who typed the old one while it was changed is not let in', async () => {
    const person = await world.addPerson(world.project.id);
    const owner = { email: person.email, givenName: 'Ada', familyName: 'Quill', project: null };
    const prepared = await get(PasswordsService).prepare('copper meadow drums 7', owner);
    const user = { id: person.userId, projectId: world.project.id };
    const answer = await meanwhile(
      (tx) => get(PasswordsService).set(tx, actor, user, prepared),
      () =>
        logins.login(world.project.app, person, {
          codeChallenge: 'a'.repeat(43),
          codeChallengeMethod: 'S256',
        }),
    );
    expect(said(answer)).toEqual([400, 'Email or password is invalid']);
  });

  it('a code: a step of the login that comes while it is redeemed finds the login finished', async () => {
    const { login, code } = await logins.begin(world.project.app, world.project.person);
    const answer = await meanwhile(
      (tx) => get(CodesService).redeem(tx, presentedSecret(code), () => true),
      () => logins.scope(login, 'openid'),
    );
    expect(said(answer)).toEqual([400, 'Login granted']);
  });

  it('a redirect address that is taken away gets no code, whoever was on the way', async () => {
    const address = 'https://old.example/callback';
    const client = await world.addClient(world.project.id, {
      name: 'App that moves',
      redirectUris: [address],
      grantTypes: ['authorization_code'],
      authenticatedGrants: [],
    });
    const ada = await Visitor.of(world);
    const page = await ada.ask({ client_id: client.id, redirect_uri: address, scope: 'openid profile' });
    expect(page.url.pathname).toBe('/consent');
    const html = await (await ada.browser.get(page.url.href)).text();
    const clients = get(ClientsService);
    const found = (await clients.find(client.id))!;
    await get(Db).tx((tx) =>
      clients.edit(tx, actor, world.project.id, client.id, found.version, {
        redirectUris: ['https://new.example/callback'],
      }),
    );
    const after = await ada.browser.submit(formTo(html, '/consent'), { decision: 'allow' });
    expect(after.headers.get('location') ?? '').not.toContain('code=');
    expect(after.status).toBe(410);
  });
});
