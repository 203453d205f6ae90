import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type AdminWorld, startAdminWorld } from '../helpers/admin-world.js';
import { outboundToLoopback } from '../helpers/logout-receiver.js';
import { codeBlocks, folderWithPackages, pageFor } from '../helpers/page-code.js';
import { type AppAddress, PersonAtApp } from '../helpers/person-at-app.js';
import { freePort } from '../helpers/ports.js';
import { until } from '../kernel/wait.js';

/** `passport-openidconnect` as its own documentation uses it; it keeps the session, and has no logout of its own. */
const passportApp = `
import express from 'express';
import session from 'express-session';
import passport from 'passport';
import OpenIDConnectStrategy from 'passport-openidconnect';

const { ISSUER, CLIENT_ID, CLIENT_SECRET } = process.env;
const baseURL = 'http://localhost:3000';
passport.use(new OpenIDConnectStrategy({
  issuer: ISSUER,
  authorizationURL: ISSUER + 'oauth2/authorize',
  tokenURL: ISSUER + 'oauth2/token',
  userInfoURL: ISSUER + 'oauth2/userinfo',
  clientID: CLIENT_ID,
  clientSecret: CLIENT_SECRET,
  callbackURL: baseURL + '/callback',
  scope: 'profile email',
}, (issuer, profile, context, idToken, done) => done(null, { profile, idToken })));
passport.serializeUser((user, done) => done(null, user));
passport.deserializeUser((user, done) => done(null, user));
const app = express();
app.use(session({ secret: 'of this test', resave: false, saveUninitialized: false }));
app.use(passport.initialize(), passport.session());
app.get('/callback', passport.authenticate('openidconnect', { failureMessage: true }), (request, response) => response.redirect('/'));
app.get('/logout', (request, response, next) => {
  const { idToken } = request.user;
  request.logout((error) => error ? next(error) : response.redirect(ISSUER + 'oauth2/logout?' + new URLSearchParams({ id_token_hint: idToken, post_logout_redirect_uri: baseURL, state: 'of passport' })));
});
app.get('/', (request, response, next) => request.user
  ? response.send('Signed in as ' + request.user.profile.emails[0].value)
  : passport.authenticate('openidconnect')(request, response, next));
app.listen(new URL(baseURL).port, () => console.log('Open ' + baseURL));
`;

describe('signing out of apps that nobody here wrote', () => {
  let world: AdminWorld;
  let guide: string;
  let folder: string;
  const children: ChildProcess[] = [];

  beforeAll(async () => {
    world = await startAdminWorld({ env: outboundToLoopback });
    guide = await pageFor(world.app, 'docs/guides/sign-out.md');
    folder = await folderWithPackages();
  });
  afterAll(async () => {
    for (const child of children) child.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
    await world.close();
  });

  /** Registers the app as the guide says, and starts it, both on a port of its own. */
  async function start(
    name: string,
    code: string,
    changes: (mutation: string) => string = (same) => same,
  ): Promise<AppAddress> {
    const url = `http://localhost:${await freePort()}`;
    const mine = (text: string) => text.replaceAll('http://localhost:3000', url);
    const { data, errors } = await world.graphql('admin', changes(mine(codeBlocks(guide, 'graphql')[0]!)));
    expect(errors).toEqual([]);
    const { client, secret } = data.createClient;
    const file = join(folder, `${name}.mjs`);
    await writeFile(file, mine(code));
    const child = spawn(process.execPath, [file], {
      env: {
        PATH: process.env['PATH'],
        ISSUER: world.app.baseUrl,
        CLIENT_ID: client.id,
        CLIENT_SECRET: secret,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    children.push(child);
    const [line] = await once(createInterface({ input: child.stdout! }), 'line');
    expect(line).toBe(`Open ${url}`);
    return { home: url, client: { id: client.id, redirectUri: `${url}/callback` } };
  }

  it('OIDF-K02 express-openid-connect, as the guide has it: told of the end, and signs out here', async () => {
    const app = await start('express', codeBlocks(guide, 'js')[0]!);
    const person = new PersonAtApp(world, app, await world.addPerson(world.project.id));
    const other = new PersonAtApp(world, app, await world.addPerson(world.project.id));
    await person.signIn();
    await other.signIn();
    expect(await person.visit()).toBe(`Signed in as ${person.account.email}`);

    // Its own cookie is untouched; the logout token ended the session behind it.
    await person.signOutHere();
    await until(async () => (await person.visit()) === 'asks');
    expect(await other.visit()).toBe(`Signed in as ${other.account.email}`);

    await person.signIn();
    expect(await person.signOutThere(`${app.home}/logout`)).toBe(app.home);
    expect(await person.isSignedInHere()).toBe(false);
    expect(await person.visit()).toBe('asks');

    await world.graphql(
      'admin',
      'mutation($id: ID!) { deactivateUser(input: { id: $id }) { user { active } } }',
      {
        id: other.account.userId,
      },
    );
    await until(async () => (await other.visit()) === 'asks');
  });

  it('OIDF-L02 passport-openidconnect: signs in, and signs out here with its id_token as hint', async () => {
    const app = await start('passport', passportApp, (mutation) =>
      mutation
        .replace(/^ *backchannel.*\n/gm, '')
        // It knows no PKCE, so it must prove itself.
        .replace('name:', 'pkceOptional: true\n      name:'),
    );
    const person = new PersonAtApp(world, app, await world.addPerson(world.project.id));
    await person.signIn();
    expect(await person.visit()).toBe(`Signed in as ${person.account.email}`);
    expect(await person.signOutThere(`${app.home}/logout`)).toBe(`${app.home}?state=of+passport`);
    expect(await person.isSignedInHere()).toBe(false);
    expect(await person.visit()).toBe('asks');
  });
});
