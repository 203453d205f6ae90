import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { noApache, startApache, type TestApache } from '../helpers/apache.js';
import { outboundToLoopback } from '../helpers/logout-receiver.js';
import { type AppAddress, PersonAtApp } from '../helpers/person-at-app.js';
import { freePort } from '../helpers/ports.js';
import { startWorld, type World } from '../helpers/world.js';
import { until } from '../kernel/wait.js';

if (noApache) process.stderr.write(`Skipped test/clients/apache.test.ts: ${noApache}\n`);

(noApache ? describe.skip : describe)("Debian's mod_auth_openidc in front of a page", () => {
  let world: World;
  let apache: TestApache;
  let app: AppAddress;
  let out: string;

  beforeAll(async () => {
    world = await startWorld({ env: outboundToLoopback });
    const port = await freePort();
    const origin = `http://localhost:${port}`;
    const redirectUri = `${origin}/protected/redirect_uri`;
    out = `${origin}/out`;
    const grantTypes = ['authorization_code'];
    const client = await world.addClient(world.project.id, {
      name: 'Page behind Apache',
      redirectUris: [redirectUri],
      postLogoutRedirectUris: [out],
      backchannelLogoutUri: `${redirectUri}?logout=backchannel`,
      grantTypes,
      authenticatedGrants: grantTypes,
    });
    apache = await startApache({
      port,
      issuer: world.app.baseUrl,
      clientId: client.id,
      clientSecret: client.secret!,
      redirectUri,
    });
    app = { home: `${origin}/protected/`, client };
  });
  afterAll(async () => {
    await apache.close();
    await world.close();
  });

  const newPerson = async () => new PersonAtApp(world, app, await world.addPerson(world.project.id));
  const known = ({ account }: PersonAtApp) => `${account.email} ${account.userId}`;

  it('signs in with PKCE, and passes the claims on', async () => {
    const person = await newPerson();
    expect(await person.visit()).toBe('asks');
    await person.signIn();
    expect(await person.visit()).toBe(known(person));
  });

  it('OIDF-K02 is told of the end of a session, and of no other', async () => {
    const [person, other] = [await newPerson(), await newPerson()];
    await person.signIn();
    await other.signIn();
    await person.signOutHere();
    await until(async () => (await person.visit()) === 'asks');
    expect(await other.visit()).toBe(known(other));
  });

  it('OIDF-L02 signs out here, and comes back', async () => {
    const person = await newPerson();
    await person.signIn();
    const address = `${app.client.redirectUri}?${new URLSearchParams({ logout: out })}`;
    expect(await person.signOutThere(address)).toBe(out);
    expect(await person.isSignedInHere()).toBe(false);
    expect(await person.visit()).toBe('asks');
  });
});
