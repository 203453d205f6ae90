import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose';
import { AuditService } from '../../src/audit/audit.service.js';
import { Db } from '../../src/kernel/db.js';
import type { ProjectId } from '../../src/kernel/ids.js';
import { type AdminWorld, startAdminWorld } from '../helpers/admin-world.js';
import { BrowserAgent, formsOf, formTo } from '../helpers/browser-agent.js';
import { type LogoutReceiver, outboundToLoopback, startLogoutReceiver } from '../helpers/logout-receiver.js';
import { newPkce } from '../helpers/oauth-agent.js';
import type { WorldClient, WorldPerson, WorldProject } from '../helpers/world.js';
import { until } from '../kernel/wait.js';

let world: AdminWorld;
let receiver: LogoutReceiver;
/** Logins that must not have been told of, looked at when all is over. */
const untold: string[] = [];

beforeAll(async () => {
  receiver = await startLogoutReceiver();
  world = await startAdminWorld({ env: outboundToLoopback });
});
afterAll(async () => {
  await world.close();
  await receiver.close();
});

/** What one app holds. */
interface Held {
  readonly client: WorldClient;
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly idToken: string;
  readonly loginId: string;
}

/** A person with two apps in one browser and one of them in another. */
interface Scene {
  readonly project: WorldProject;
  readonly person: WorldPerson;
  readonly browser: BrowserAgent;
  readonly elsewhere: BrowserAgent;
  readonly app: Held;
  readonly neighbour: Held;
  readonly abroad: Held;
}

async function hold(client: WorldClient, person: WorldPerson, browser: BrowserAgent): Promise<Held> {
  const { body, status } = await world.agent.codeFlow(client, person, {}, browser);
  expect(status).toBe(200);
  return {
    client,
    accessToken: body.access_token,
    refreshToken: body.refresh_token,
    idToken: body.id_token,
    loginId: String(decodeJwt(body.id_token)['sid']),
  };
}

async function addApp(projectId: ProjectId, name: string, confidential = false): Promise<WorldClient> {
  const grantTypes = ['authorization_code', 'refresh_token'];
  return world.addClient(projectId, {
    name,
    redirectUris: ['https://app.example/callback'],
    postLogoutRedirectUris: ['https://app.example/out'],
    backchannelLogoutUri: receiver.uri,
    grantTypes,
    authenticatedGrants: confidential ? grantTypes : [],
  });
}

async function setTheScene(project: WorldProject): Promise<Scene> {
  const person = await world.addPerson(project.id);
  const first = await addApp(project.id, 'First app');
  const second = await addApp(project.id, 'Second app', true);
  const browser = new BrowserAgent(world.app.baseUrl);
  const elsewhere = new BrowserAgent(world.app.baseUrl);
  return {
    project,
    person,
    browser,
    elsewhere,
    app: await hold(first, person, browser),
    neighbour: await hold(second, person, browser),
    abroad: await hold(first, person, elsewhere),
  };
}

const inputTypes = {
  activateUser: 'UserIdInput',
  deactivateClient: 'ClientIdInput',
  deactivateMembership: 'MembershipIdInput',
  deactivateProject: 'ProjectIdInput',
  deactivateUser: 'UserIdInput',
  endAllSessions: 'EndAllSessionsInput',
  endSession: 'EndSessionInput',
  removeMembership: 'MembershipIdInput',
  revokeLogin: 'LoginIdInput',
  revokeMembershipLogins: 'RevokeMembershipLoginsInput',
} as const;

async function admin(mutation: keyof typeof inputTypes, input: object, as: 'admin' | 'super' = 'admin') {
  const type = inputTypes[mutation];
  const text = `mutation M($input: ${type}!) { ${mutation}(input: $input) { __typename } }`;
  expect((await world.graphql(as, text, { input })).errors).toEqual([]);
}

const me = async (browser: BrowserAgent) => (await browser.get('me')).text();
const post = async (browser: BrowserAgent, path: string, values: Record<string, string>) => {
  const answer = await browser.submit(formTo(await me(browser), path), values);
  expect(answer.status).toBe(303);
};
const logoutUrl = (parameters: Record<string, string>) => `oauth2/logout?${new URLSearchParams(parameters)}`;
async function walk(browser: BrowserAgent, address: string): Promise<void> {
  for (let next: string | null = address; next?.startsWith('https://app.example') === false; ) {
    next = (await browser.get(next)).headers.get('location');
  }
}

type Part = 'app' | 'neighbour' | 'abroad';
const session: readonly Part[] = ['app', 'neighbour'];
const everything: readonly Part[] = ['app', 'neighbour', 'abroad'];

interface Way {
  readonly how: string;
  readonly end: (scene: Scene) => Promise<unknown>;
  readonly ends: readonly Part[];
  /** Whether the browser is signed out too. */
  readonly signsOut: boolean;
  readonly reason: string;
  /** Clients that are told nothing, because they are switched off. */
  readonly silent?: readonly Part[];
}

async function prompted(browser: BrowserAgent, client: WorldClient): Promise<string> {
  const { challenge } = newPkce();
  const answer = await browser.get(
    world.agent.authorizeUrl(client, {
      prompt: 'none',
      code_challenge: challenge,
      code_challenge_method: 'S256',
    }),
  );
  const location = answer.headers.get('location');
  return location === null
    ? `page ${answer.status}`
    : (new URL(location).searchParams.get('error') ?? 'code');
}

describe('ASVS-7.4.1 whatever ends a session or a login ends it everywhere', () => {
  it.each<Way>([
    {
      how: 'ASVS-7.4.4 the person signs out on /me',
      end: ({ browser }) => post(browser, '/signout', {}),
      ends: session,
      signsOut: true,
      reason: 'signed-out',
    },
    {
      how: 'the person signs out everywhere',
      end: ({ elsewhere }) => post(elsewhere, '/signout', { action: 'everywhere' }),
      ends: everything,
      signsOut: true,
      reason: 'signed-out-everywhere',
    },
    {
      how: 'the person ends that session from another one',
      end: async ({ elsewhere }) => {
        const other = formsOf(await me(elsewhere)).find(({ action }) => action.endsWith('/me/sessions/end'))!;
        await elsewhere.submit(other);
      },
      ends: session,
      signsOut: true,
      reason: 'ended-by-person',
    },
    {
      how: 'the person withdraws consent on /me',
      end: ({ browser, app }) => post(browser, '/me/apps/end', { app: app.client.id }),
      ends: ['app', 'abroad'],
      signsOut: false,
      reason: 'disconnected-by-person',
    },
    {
      how: 'OIDF-K02, ASVS-7.4.1 the app sends the person to the sign-out endpoint',
      end: ({ browser, app }) =>
        walk(
          browser,
          logoutUrl({ id_token_hint: app.idToken, post_logout_redirect_uri: 'https://app.example/out' }),
        ),
      ends: session,
      signsOut: true,
      reason: 'signed-out-by-app',
    },
    {
      how: 'F52 the app signs out with its access token',
      end: ({ app }) =>
        world.agent.request('oauth2/logout', {
          method: 'POST',
          headers: { authorization: `Bearer ${app.accessToken}`, 'content-type': 'application/fhir+json' },
          body: '{}',
        }),
      ends: session,
      signsOut: true,
      reason: 'signed-out-by-app',
    },
    {
      how: 'RV-06 the app revokes its refresh token',
      end: ({ app }) => world.agent.revoke(app.client, app.refreshToken),
      ends: ['app'],
      signsOut: false,
      reason: 'token-revoked',
    },
    {
      how: 'ASVS-7.4.5 an admin ends the session',
      end: async ({ person, project, browser }) => {
        const list =
          'query Q($u: ID!, $p: ID!) { sessions(userId: $u, projectId: $p) { edges { node { id } } } }';
        const { data } = await world.graphql('super', list, { u: person.userId, p: project.id });
        const ids = data.sessions.edges.map(({ node }: { node: { id: string } }) => node.id).sort();
        expect(ids).toHaveLength(2);
        expect(browser.cookieNames).toContain('carekey-session');
        await admin('endSession', { id: ids[0], userId: person.userId, projectId: project.id });
      },
      ends: session,
      signsOut: true,
      reason: 'ended-by-admin',
    },
    {
      how: 'ASVS-7.4.5 an admin ends every session of the person',
      end: ({ person, project }) => admin('endAllSessions', { userId: person.userId, projectId: project.id }),
      ends: everything,
      signsOut: true,
      reason: 'ended-by-admin',
    },
    {
      how: 'an admin ends one login',
      end: ({ app, project }) => admin('revokeLogin', { id: app.loginId, projectId: project.id }),
      ends: ['app'],
      signsOut: false,
      reason: 'ended-by-admin',
    },
    {
      how: 'an admin ends the logins of the membership',
      end: ({ person, project }) =>
        admin('revokeMembershipLogins', { membershipId: person.membershipId, projectId: project.id }),
      ends: everything,
      signsOut: false,
      reason: 'ended-by-admin',
    },
    {
      how: 'ASVS-7.4.3 the person changes the password, from one app: that one goes on',
      end: async ({ person, app }) => {
        const headers = {
          authorization: `Bearer ${app.accessToken}`,
          'content-type': 'application/json',
        };
        const body = JSON.stringify({ oldPassword: person.password, newPassword: 'amber kettle window 73' });
        const changed = await world.agent.request('auth/changepassword', { method: 'POST', headers, body });
        expect(changed.status).toBe(200);
      },
      ends: ['neighbour', 'abroad'],
      signsOut: false,
      reason: 'password-changed',
    },
    {
      how: 'ASVS-7.4.2, V37 the user is deactivated',
      end: ({ person, project }) => admin('deactivateUser', { id: person.userId, projectId: project.id }),
      ends: everything,
      signsOut: true,
      reason: 'user-deactivated',
    },
    {
      how: 'the membership is deactivated',
      end: ({ person, project }) =>
        admin('deactivateMembership', { id: person.membershipId, projectId: project.id }),
      ends: everything,
      signsOut: false,
      reason: 'membership-ended',
    },
    {
      how: 'the membership is removed',
      end: ({ person, project }) =>
        admin('removeMembership', { id: person.membershipId, projectId: project.id }),
      ends: everything,
      signsOut: false,
      reason: 'membership-ended',
    },
    {
      how: 'V48 the client is deactivated; itself it is told nothing any more',
      end: ({ app, project }) => admin('deactivateClient', { id: app.client.id, projectId: project.id }),
      ends: ['app', 'abroad'],
      silent: ['app', 'abroad'],
      signsOut: false,
      reason: 'client-deactivated',
    },
    {
      how: 'BCP-14 a refresh token is used a second time',
      end: async ({ app }) => {
        expect((await world.agent.refresh(app.client, app.refreshToken)).status).toBe(200);
        world.app.clock.advance(21_000);
        expect((await world.agent.refresh(app.client, app.refreshToken)).body.error).toBe('invalid_grant');
      },
      ends: ['app'],
      signsOut: false,
      reason: 'refresh-token-replayed',
    },
    {
      how: 'V24 the project is deactivated',
      end: ({ project }) => admin('deactivateProject', { id: project.id }, 'super'),
      ends: everything,
      signsOut: false,
      reason: 'project-deactivated',
    },
  ])('$how', async (way) => {
    const whole = way.reason === 'project-deactivated';
    const scene = await setTheScene(whole ? world.other : world.project);
    const parts = everything.map((part): [Part, Held] => [part, scene[part]]);
    if (!way.signsOut) expect(await prompted(scene.browser, scene.neighbour.client)).toBe('code');
    await way.end(scene);

    for (const [part, held] of parts.filter(([one]) => way.ends.includes(one))) {
      expect([part, (await world.agent.userinfo(held.accessToken)).status]).toEqual([part, 401]);
      const asked = await world.agent.introspect(scene.project.server, held.accessToken);
      expect(asked.body.active ?? false).toBe(false);
      const refreshed = await world.agent.refresh(held.client, held.refreshToken);
      expect(['invalid_grant', 'invalid_client']).toContain(refreshed.body.error);
      if (way.silent?.includes(part)) untold.push(held.loginId);
      else {
        const [told] = await until(() => some(receiver.about(held.loginId)));
        expect(told!.claims).toMatchObject({
          sub: scene.person.userId,
          aud: held.client.id,
          sid: held.loginId,
        });
      }
    }
    for (const [part, held] of parts.filter(([one]) => !way.ends.includes(one))) {
      expect([part, (await world.agent.userinfo(held.accessToken)).status]).toEqual([part, 200]);
      untold.push(held.loginId);
    }
    const silently = await prompted(scene.browser, scene.neighbour.client);
    if (way.signsOut) expect(silently).toBe('login_required');
    else if (whole) expect(silently).toBe('page 400');
    await until(() => recordedReason(scene.project.id, way.reason));
  });

  it('OIDF-K02 nobody was told twice, and nobody of a login that lives or whose app was switched off', () => {
    expect(untold.filter((id) => receiver.about(id).length > 0)).toEqual([]);
    const logins = receiver.received.map(({ claims }) => claims.sid);
    expect(logins).toHaveLength(new Set(logins).size);
    expect(logins.length).toBeGreaterThan(30);
  });

  it('a code that is redeemed twice ends what came of it', async () => {
    const person = await world.addPerson(world.project.id);
    const client = await addApp(world.project.id, 'App of a stolen code');
    const { verifier, challenge } = newPkce();
    const back = await world.agent.signIn(client, person, {
      code_challenge: challenge,
      code_challenge_method: 'S256',
    });
    const code = back.searchParams.get('code')!;
    const { body } = await world.agent.redeem(client, code, verifier);
    expect((await world.agent.redeem(client, code, verifier)).body.error).toBe('invalid_grant');
    expect((await world.agent.userinfo(body.access_token)).status).toBe(401);
    expect(await until(() => some(receiver.about(String(decodeJwt(body.id_token)['sid']))))).toHaveLength(1);
  });

  it('what ended with a deactivation stays ended when the person is let in again, and what begins then lives', async () => {
    const { person, app, project } = await setTheScene(world.project);
    const of = { id: person.userId, projectId: project.id };
    await admin('deactivateUser', of);
    await until(() => some(receiver.about(app.loginId)));
    await admin('activateUser', of);
    expect((await world.agent.userinfo(app.accessToken)).status).toBe(401);
    const again = await hold(app.client, person, new BrowserAgent(world.app.baseUrl));
    expect((await world.agent.userinfo(again.accessToken)).status).toBe(200);
  });

  it('another person who signs in to the same browser ends what the one before had there', async () => {
    const { browser, app, abroad } = await setTheScene(world.project);
    const next = await world.addPerson(world.project.id);
    const parameters = {
      prompt: 'login',
      code_challenge: newPkce().challenge,
      code_challenge_method: 'S256',
    };
    await world.agent.signIn(app.client, next, parameters, browser);
    expect((await world.agent.userinfo(app.accessToken)).status).toBe(401);
    expect((await world.agent.userinfo(abroad.accessToken)).status).toBe(200);
    await until(() => some(receiver.about(app.loginId)));
  });
});

describe('OIDF-K02, BL-01 the logout token', () => {
  it.each(['RS256', 'ES256'] as const)(
    'is signed with %s as the id_tokens of the client, and says what it must',
    async (alg) => {
      const client = await world.addClient(world.project.id, {
        name: `App with ${alg}`,
        redirectUris: ['https://app.example/callback'],
        backchannelLogoutUri: receiver.uri,
        idTokenSignedResponseAlg: alg,
        grantTypes: ['authorization_code', 'refresh_token'],
        authenticatedGrants: [],
      });
      const person = await world.addPerson(world.project.id);
      const held = await hold(client, person, new BrowserAgent(world.app.baseUrl));
      await world.agent.revoke(client, held.accessToken);
      const [told] = await until(() => some(receiver.about(held.loginId)));
      expect(told!.contentType).toBe('application/x-www-form-urlencoded');
      const jwks = createRemoteJWKSet(new URL('.well-known/jwks.json', world.app.baseUrl));
      const { payload, protectedHeader } = await jwtVerify(told!.token, jwks, {
        issuer: world.app.baseUrl,
        audience: client.id,
        typ: 'logout+jwt',
        currentDate: world.app.clock.date(),
      });
      expect(protectedHeader.alg).toBe(alg);
      expect(Object.keys(payload).sort()).toEqual([
        'aud',
        'events',
        'exp',
        'iat',
        'iss',
        'jti',
        'sid',
        'sub',
      ]);
      expect(payload).toMatchObject({
        sub: person.userId,
        sid: held.loginId,
        events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
        exp: payload.iat! + 120,
      });
      expect(decodeJwt(held.idToken)).toMatchObject({ sub: payload.sub, sid: payload['sid'] });
      // It is no access token and no hint.
      expect((await world.agent.userinfo(told!.token)).status).toBe(401);
      expect((await world.agent.get(logoutUrl({ id_token_hint: told!.token }))).status).toBe(400);
    },
  );
});

function some<Value>(list: readonly Value[]): readonly Value[] | undefined {
  return list.length > 0 ? list : undefined;
}

async function recordedReason(projectId: ProjectId, reason: string): Promise<boolean> {
  const audit = world.app.get(AuditService);
  const types = ['login.revoked', 'session.ended'] as const;
  const records = await world.app
    .get(Db)
    .read(async (tx) => [
      ...(await audit.page(tx, { projectId, limit: 50, types })),
      ...(await audit.page(tx, { projectId: null, limit: 50, types })),
    ]);
  return records.some(({ detail }) => detail?.['reason'] === reason);
}
