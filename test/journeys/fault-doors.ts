import { decodeJwt } from 'jose';
import { SetupLinksService } from '../../src/account/setup-links.service.js';
import type { LinkPurpose } from '../../src/identities/link-purposes.js';
import { type NewLink, OneTimeLinksService } from '../../src/identities/one-time-links.service.js';
import { UsersService } from '../../src/identities/users.service.js';
import { systemActor } from '../../src/kernel/actor.js';
import { Db } from '../../src/kernel/db.js';
import { OnboardingService } from '../../src/memberships/onboarding.service.js';
import { FactorRequirementsService } from '../../src/mfa/factor-requirements.service.js';
import { askOperation, operationArgs } from '../endpoints/graphql-asking.js';
import { operations } from '../endpoints/graphql-operations.js';
import type { AdminWorld } from '../helpers/admin-world.js';
import { Authenticator, FactorBrowser } from '../helpers/authenticator.js';
import { BrowserAgent, formTo, type PageForm } from '../helpers/browser-agent.js';
import { AssertionSigner, newClientKey } from '../helpers/client-keys.js';
import { LoginAgent } from '../helpers/login-agent.js';
import { newPkce } from '../helpers/oauth-agent.js';

/** One request that changes something, ready to be sent, and to be sent again should it fail. */
export type Act = () => Promise<{ readonly status: number; readonly text: string }>;

/** Prepares the request of a door anew: what it uses up was made for it. */
export type Door = (world: AdminWorld) => Promise<Act>;

const sent = async (answer: Promise<Response>) => {
  const response = await answer;
  return { status: response.status, text: `${response.headers.getSetCookie()} ${await response.text()}` };
};

const told = async (answer: Promise<{ status: number; body: unknown }>) => {
  const { status, body } = await answer;
  return { status, text: JSON.stringify(body) };
};

const pkce = () => ({ code_challenge: newPkce().challenge, code_challenge_method: 'S256' });
const page = async (browser: BrowserAgent, address: string) => (await browser.get(address)).text();

/** A browser on the sign-in page of an app, and its form. */
async function atSignIn(world: AdminWorld): Promise<{ browser: BrowserAgent; form: PageForm }> {
  const browser = new BrowserAgent(world.app.baseUrl);
  const { headers } = await browser.get(world.agent.authorizeUrl(world.project.app, pkce()));
  return { browser, form: formTo(await page(browser, headers.get('location')!), '/signin') };
}

/** A new person who has just signed in for an app, and the page that came next. */
async function signedIn(world: AdminWorld, prepare = async (_userId: string) => {}) {
  const person = await world.addPerson(world.project.id);
  await prepare(person.userId);
  const { browser, form } = await atSignIn(world);
  let { headers } = await browser.submit(form, { email: person.email, password: person.password });
  while (/^\/signin\?/.test(headers.get('location')!))
    ({ headers } = await browser.get(headers.get('location')!));
  return { browser, person, html: await page(browser, headers.get('location')!) };
}

const submit =
  (browser: BrowserAgent, form: PageForm, values: Record<string, string> = {}) =>
  () =>
    sent(browser.submit(form, values));

async function atConsent(world: AdminWorld, values: Record<string, string>): Promise<Act> {
  const { browser, html } = await signedIn(world);
  return submit(browser, formTo(html, '/consent'), values);
}

/** The choice of an account that an app asked for, with somebody signed in. */
async function atSelectAccount(world: AdminWorld, values: Record<string, string>): Promise<Act> {
  const person = await world.addPerson(world.project.id);
  const browser = new BrowserAgent(world.app.baseUrl);
  await world.agent.codeFlow(world.project.app, person, {}, browser);
  const url = world.agent.authorizeUrl(world.project.app, { ...pkce(), prompt: 'select_account' });
  const next = (await browser.get(url)).headers.get('location')!;
  return submit(browser, formTo(await page(browser, next), '/select-account'), values);
}

/** The account page of somebody with an app and a second session. */
async function atMe(world: AdminWorld, path: string, values: Record<string, string> = {}): Promise<Act> {
  const person = await world.addPerson(world.project.id);
  const browser = new BrowserAgent(world.app.baseUrl);
  await world.agent.codeFlow(world.project.app, person, {}, browser);
  await world.agent.codeFlow(world.project.app, person);
  return submit(browser, formTo(await page(browser, '/me'), path), values);
}

/** A link of a new person. */
async function linkFor(world: AdminWorld, purpose: LinkPurpose): Promise<NewLink> {
  const { userId: id } = await world.addPerson(world.project.id);
  const projectId = world.project.id;
  const about = { projectId, provesAddress: true };
  return world.app
    .get(Db)
    .tx((tx) => world.app.get(OneTimeLinksService).open(tx, purpose, { id, projectId }, about));
}

/** The form for a new password, in front of somebody who is signed in. */
async function atPassword(world: AdminWorld): Promise<Act> {
  const { browser, person } = await signedIn(world);
  const form = formTo(await page(browser, '/me/password'), '/me/password');
  const newPassword = `copper meadow drums ${person.userId.slice(-6)}`;
  return submit(browser, form, { oldPassword: person.password, newPassword, action: 'change' });
}

async function withSecondProfile(world: AdminWorld, userId: string): Promise<void> {
  const db = world.app.get(Db);
  await db.tx(async (tx) => {
    const user = await world.app.get(UsersService).get(tx, world.project.id, userId as never);
    const profile = { profileType: 'Practitioner', another: true } as const;
    const actor = systemActor('test');
    await world.app.get(OnboardingService).join(tx, actor, world.project.id, user, profile, 'active');
  });
}

async function code(world: AdminWorld): Promise<{ code: string; verifier: string }> {
  const { verifier, challenge } = newPkce();
  const asked = { code_challenge: challenge, code_challenge_method: 'S256' };
  const back = await world.agent.signIn(world.project.app, world.project.person, asked);
  return { code: back.searchParams.get('code')!, verifier };
}

async function tokens(world: AdminWorld) {
  const { code: one, verifier } = await code(world);
  return (await world.agent.redeem(world.project.app, one, verifier)).body;
}

/** A person with an authenticator app, signed in on the account pages. */
async function withApp(world: AdminWorld) {
  const visit = new FactorBrowser(world, await world.addPerson(world.project.id));
  await visit.password();
  return { visit, ...(await visit.enrol()) };
}

/** A person's request at `/auth/mfa/`, who was shown what to set an app up with. */
async function inApp(world: AdminWorld) {
  const person = await world.addPerson(world.project.id);
  const logins = new LoginAgent(world.agent);
  const { redeem } = await logins.begin(world.project.app, person);
  const headers = { authorization: `Bearer ${(await redeem()).body.access_token}` };
  const app = new Authenticator(world, (await world.agent.get('auth/mfa/status', headers)).body.enrollUri);
  return {
    person,
    app,
    logins,
    send: (to: string, body: object) => logins.post(`auth/mfa/${to}`, body, headers),
  };
}

const ada = { resourceType: 'Patient', name: [{ family: 'Quill' }] };

/** A write at the FHIR door to a patient made for it. */
const fhirWrite =
  (method: string, body?: (made: { id: string }) => object): Door =>
  async (world) => {
    const send = (verb: string, path: string, content?: object) =>
      world.agent.request(`fhir/R4/${path}`, {
        method: verb,
        headers: {
          authorization: `Bearer ${world.tokens.member}`,
          ...(content && { 'content-type': `application/${verb === 'PATCH' ? 'json-patch' : 'fhir'}+json` }),
        },
        ...(content && { body: JSON.stringify(content) }),
      });
    if (method === 'POST') return () => told(send('POST', 'Patient', ada));
    const { body: made } = await send('POST', 'Patient', ada);
    return () => told(send(method, `Patient/${made.id}`, body?.(made)));
  };

const mutations = Object.keys(operations).filter((path) => path.startsWith('Mutation.'));
const answeredAs: Readonly<Record<string, number>> = { INTERNAL: 500, UNAVAILABLE: 503 };

/** What a mutation answers in its body, as the status that HTTP would have. */
const mutation =
  (path: string): Door =>
  async (world) => {
    const args = await operationArgs(world, operations[path]!, world.project, world.project.id);
    return async () => {
      const { status, data, errors } = await askOperation(world, 'super', path, args);
      const [error] = errors;
      const text = JSON.stringify({ data, errors });
      return { status: error ? (answeredAs[error.extensions.code] ?? 400) : status, text };
    };
  };

/** Every route that may change something, and each way through it that commits differently. */
export const doors: Readonly<Record<string, Readonly<Record<string, Door>>>> = {
  'post /oauth2/token': {
    client_credentials: async (world) => () => told(world.agent.clientCredentials(world.project.server)),
    'client_credentials, signed': async (world) => {
      const key = await newClientKey('ES256');
      const client = await world.addClient(world.project.id, {
        name: 'Signs',
        grantTypes: ['client_credentials'],
        jwks: { keys: [key.jwk] },
      });
      const form = await new AssertionSigner(client.id, world.app.baseUrl, key).form();
      return () => told(world.agent.token({ grant_type: 'client_credentials', ...form }));
    },
    authorization_code: async (world) => {
      const made = await code(world);
      return () => told(world.agent.redeem(world.project.app, made.code, made.verifier));
    },
    refresh_token: async (world) => {
      const { refresh_token: token } = await tokens(world);
      return () => told(world.agent.refresh(world.project.app, token));
    },
  },
  'post /auth/revoke': {
    'a login of its own': async (world) => {
      const { access_token: token } = await tokens(world);
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
      const body = JSON.stringify({ loginId: decodeJwt(token)['login_id'] });
      return () => told(world.agent.request('auth/revoke', { method: 'POST', headers, body }));
    },
  },
  'post /auth/changepassword': {
    'a new password': async (world) => {
      const person = await world.addPerson(world.project.id);
      const { access_token: token } = (await world.agent.codeFlow(world.project.app, person)).body;
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
      const body = JSON.stringify({ oldPassword: person.password, newPassword: 'amber kettle window 73' });
      return () => told(world.agent.request('auth/changepassword', { method: 'POST', headers, body }));
    },
  },
  'post /auth/resetpassword': {
    'an address': async (world) => {
      const { email } = await world.addPerson(world.project.id);
      const logins = new LoginAgent(world.agent);
      return () => told(logins.post('auth/resetpassword', { email, projectId: world.project.id }));
    },
  },
  'post /auth/setpassword': {
    'a new one': async (world) => {
      const { id, secret } = await linkFor(world, 'reset-password');
      const logins = new LoginAgent(world.agent);
      return () => told(logins.post('auth/setpassword', { id, secret, password: 'amber kettle window 73' }));
    },
  },
  'post /auth/verifyemail': {
    'an address': async (world) => {
      const { id, secret } = await linkFor(world, 'verify-email');
      const logins = new LoginAgent(world.agent);
      return () => told(logins.post('auth/verifyemail', { id, secret }));
    },
  },
  'post /resetpassword': {
    'an address': async (world) => {
      const { email } = await world.addPerson(world.project.id);
      const browser = new BrowserAgent(world.app.baseUrl);
      const form = formTo(
        await page(browser, `/resetpassword?project=${world.project.id}`),
        '/resetpassword',
      );
      return submit(browser, form, { email });
    },
  },
  'post /setpassword/:id/:secret': {
    'a new one': async (world) => {
      const path = new URL((await linkFor(world, 'reset-password')).url).pathname;
      const browser = new BrowserAgent(world.app.baseUrl);
      const form = formTo(await page(browser, path), path);
      return submit(browser, form, { password: 'amber kettle window 73' });
    },
  },
  'post /verifyemail/:id/:secret': {
    'an address': async (world) => {
      const path = new URL((await linkFor(world, 'verify-email')).url).pathname;
      const browser = new BrowserAgent(world.app.baseUrl);
      return submit(browser, formTo(await page(browser, path), path));
    },
  },
  'post /me/memberships/accept': {
    'an invitation': async (world) => {
      const person = await world.addServerPerson(world.project.id);
      const browser = new BrowserAgent(world.app.baseUrl);
      const form = formTo(await page(browser, '/signin'), '/signin');
      await browser.submit(form, { email: person.email, password: person.password });
      return submit(browser, formTo(await page(browser, '/me'), '/me/memberships/accept'));
    },
  },
  'post /admin/projects/:projectId/invite': {
    'a new person': async (world) => {
      const headers = { authorization: `Bearer ${world.tokens.admin}` };
      const email = `guest-${newPkce().verifier.slice(0, 12).toLowerCase()}@example.org`.replace(/_/g, 'x');
      const body = { resourceType: 'Patient', firstName: 'Ada', lastName: 'Quill', email };
      const logins = new LoginAgent(world.agent);
      return () => told(logins.post(`admin/projects/${world.project.id}/invite`, body, headers));
    },
  },
  'post /oauth2/revoke': {
    'an access token': async (world) => {
      const { access_token: token } = await tokens(world);
      return () => told(world.agent.revoke(world.project.app, token));
    },
    'a refresh token': async (world) => {
      const { refresh_token: token } = await tokens(world);
      return () => told(world.agent.revoke(world.project.app, token));
    },
  },
  'post /oauth2/logout': {
    'an access token': async (world) => {
      const { access_token: token } = await tokens(world);
      const headers = { authorization: `Bearer ${token}` };
      return () => told(world.agent.request('oauth2/logout', { method: 'POST', headers }));
    },
  },
  'post /logout': {
    'the person says yes': async (world) => {
      const { browser } = await signedIn(world);
      const { headers } = await browser.get('oauth2/logout');
      const form = formTo(await page(browser, headers.get('location')!), '/logout');
      return submit(browser, form, { decision: 'yes' });
    },
  },
  'post /auth/login': {
    'one membership': async (world) => {
      const logins = new LoginAgent(world.agent);
      return () => told(logins.login(world.project.app, world.project.person));
    },
  },
  'post /auth/profile': {
    choose: async (world) => {
      const person = await world.addPerson(world.project.id);
      await withSecondProfile(world, person.userId);
      const logins = new LoginAgent(world.agent);
      const { login } = await logins.begin(world.project.app, person);
      return () => told(logins.profile(login, person.membershipId));
    },
  },
  'post /auth/mfa/enroll': {
    'an app': async (world) => {
      const { app, send } = await inApp(world);
      return () => told(send('enroll', { token: app.code() }));
    },
  },
  'post /auth/mfa/disable': {
    'an app': async (world) => {
      const { app, send } = await inApp(world);
      await send('enroll', { token: app.code() });
      return () => told(send('disable', { token: app.code(1) }));
    },
  },
  'post /auth/mfa/verify': {
    'a code': async (world) => {
      const { person, app, logins, send } = await inApp(world);
      await send('enroll', { token: app.code() });
      const { login } = await logins.begin(world.project.app, person);
      return () => told(logins.post('auth/mfa/verify', { login, token: app.code(1) }));
    },
  },
  'post /auth/mfa/login-enroll': {
    'an app': async (world) => {
      const person = await world.addPerson(world.project.id);
      const demand = { userId: person.userId, projectId: world.project.id };
      await world.app
        .get(Db)
        .tx((tx) => world.app.get(FactorRequirementsService).set(tx, systemActor('test'), demand, true));
      const logins = new LoginAgent(world.agent);
      const { body } = await logins.login(world.project.app, person);
      const app = new Authenticator(world, body.enrollUri);
      return () => told(logins.post('auth/mfa/login-enroll', { login: body.login, token: app.code() }));
    },
  },
  'post /auth/scope': {
    fewer: async (world) => {
      const logins = new LoginAgent(world.agent);
      const asked = { scope: 'openid email' };
      const { login } = await logins.begin(world.project.app, world.project.person, asked);
      return () => told(logins.scope(login, 'openid'));
    },
  },
  'post /signin': {
    'for an app': async (world) => {
      const { browser, form } = await atSignIn(world);
      const { email, password } = world.project.person;
      return submit(browser, form, { email, password });
    },
    'for the account page': async (world) => {
      const browser = new BrowserAgent(world.app.baseUrl);
      const form = formTo(await page(browser, `/signin?project=${world.project.id}`), '/signin');
      const { email, password } = world.project.person;
      return submit(browser, form, { email, password });
    },
    cancel: async (world) => {
      const { browser, form } = await atSignIn(world);
      return submit(browser, form, { action: 'cancel' });
    },
  },
  'post /signin/factor': {
    'a code': async (world) => {
      const { visit, app } = await withApp(world);
      const again = new FactorBrowser(world, visit.person);
      const form = formTo(await page(again.browser, await again.password()), '/signin/factor');
      return submit(again.browser, form, { code: app.code(1) });
    },
  },
  'post /signin/enrol': {
    'an app': async (world) => {
      const visit = new FactorBrowser(world, await world.addPerson(world.project.id));
      await visit.password();
      const html = await page(visit.browser, '/signin/enrol?again=1');
      return submit(visit.browser, formTo(html, '/signin/enrol'), {
        code: Authenticator.ofPage(world, html).code(),
      });
    },
  },
  'post /me/factors': {
    'new recovery codes': async (world) => {
      const { visit } = await withApp(world);
      const form = formTo(await page(visit.browser, '/me/factors'), '/me/factors');
      return submit(visit.browser, form, { action: 'codes' });
    },
    'one less': async (world) => {
      const { visit } = await withApp(world);
      const form = formTo(await page(visit.browser, '/me/factors'), '/me/factors');
      return submit(visit.browser, form, { kind: 'totp', action: 'remove' });
    },
  },
  'post /choose-profile': {
    choose: async (world) => {
      const { browser, html } = await signedIn(world, (userId) => withSecondProfile(world, userId));
      const membership = /name="membership" value="([^"]+)"/.exec(html)![1]!;
      return submit(browser, formTo(html, '/choose-profile'), { membership });
    },
    cancel: async (world) => {
      const { browser, html } = await signedIn(world, (userId) => withSecondProfile(world, userId));
      return submit(browser, formTo(html, '/choose-profile'), { action: 'cancel' });
    },
  },
  'post /select-account': {
    'the one signed in': (world) => atSelectAccount(world, { account: 'here' }),
    'another one': (world) => atSelectAccount(world, { account: 'other' }),
    cancel: (world) => atSelectAccount(world, { action: 'cancel' }),
  },
  'post /consent': {
    allow: (world) => atConsent(world, { decision: 'allow' }),
    deny: (world) => atConsent(world, { decision: 'deny' }),
  },
  'post /me/sessions/end': { 'another session': (world) => atMe(world, '/me/sessions/end') },
  'post /me/apps/end': { 'an app': (world) => atMe(world, '/me/apps/end') },
  'post /me/password': { 'a new one': atPassword },
  'post /signout': {
    here: (world) => atMe(world, '/signout', { action: 'here' }),
    everywhere: (world) => atMe(world, '/signout', { action: 'everywhere' }),
  },
  'post /setup/:secret': {
    'the first super admin': async (world) => {
      const links = world.app.get(SetupLinksService);
      const secret = await world.app.get(Db).tx((tx) => links.open(tx, [world.superProject]));
      const browser = new BrowserAgent(world.app.baseUrl);
      const form = formTo(await page(browser, `/setup/${secret}`), `/setup/${secret}`);
      const admin = { givenName: 'Grace', familyName: 'Hale', password: 'violet harbor lantern 42' };
      return submit(browser, form, { ...admin, email: `${secret.slice(0, 12)}@example.org` });
    },
  },
  'post /fhir/R4/:type': { 'a resource': fhirWrite('POST') },
  'post /fhir/R4/:type/_search': {
    'a search': async (world) => () =>
      told(
        world.agent.post(
          'fhir/R4/Patient/_search',
          { _count: '1' },
          { headers: { authorization: `Bearer ${world.tokens.member}` } },
        ),
      ),
  },
  'put /fhir/R4/:type/:id': { 'a change': fhirWrite('PUT', (made) => ({ ...made, gender: 'female' })) },
  'patch /fhir/R4/:type/:id': {
    'a change': fhirWrite('PATCH', () => [{ op: 'add', path: '/gender', value: 'female' }]),
  },
  'delete /fhir/R4/:type/:id': { 'a resource': fhirWrite('DELETE') },
  'post /graphql': Object.fromEntries(
    mutations.filter((path) => !operations[path]!.superGets).map((path) => [path, mutation(path)]),
  ),
};

/** Routes that take a POST because the standard says so, and change nothing: no commit at all is what is tested. */
export const readers: Readonly<Record<string, Door>> = {
  'post /auth/method': async (world) => {
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ email: 'ada@example.org' });
    return () => told(world.agent.request('auth/method', { method: 'POST', headers, body }));
  },
  'post /oauth2/authorize': async (world) => {
    const query = new URL(world.agent.authorizeUrl(world.project.app, pkce())).searchParams;
    return () => told(world.agent.post('oauth2/authorize', Object.fromEntries(query)));
  },
  'post /oauth2/userinfo': async (world) => {
    const headers = { authorization: `Bearer ${(await tokens(world)).access_token}` };
    return () => told(world.agent.request('oauth2/userinfo', { method: 'POST', headers }));
  },
  'post /oauth2/introspect': async (world) => {
    const { access_token: token } = await tokens(world);
    return () => told(world.agent.introspect(world.project.server, token));
  },
};
