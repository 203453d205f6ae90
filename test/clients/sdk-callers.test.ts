import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ClientsService } from '../../src/clients/clients.service.js';
import { systemActor } from '../../src/kernel/actor.js';
import { Db } from '../../src/kernel/db.js';
import { OnboardingService } from '../../src/memberships/onboarding.service.js';
import { AssertionSigner, newClientKey } from '../helpers/client-keys.js';
import { newSdk } from '../helpers/sdk.js';
import { startWorld, type World } from '../helpers/world.js';

let world: World;
const actor = systemActor('test');
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

type FetchArguments = [url: string, init: RequestInit & { headers: Record<string, string> }];

/** The SDK's own requests, as they are sent. */
function recording(answer?: (...request: FetchArguments) => Response | undefined) {
  const sent: { url: string; headers: Record<string, string>; body: string }[] = [];
  const send = async (...request: FetchArguments) => {
    const [url, init] = request;
    sent.push({ url, headers: { ...init.headers }, body: String(init.body ?? '') });
    return answer?.(...request) ?? fetch(url, init);
  };
  return { sent, fetch: send as never };
}

describe('@medplum/core, unchanged', () => {
  it.each([undefined, 'header'] as const)(
    'F23 F24 startClientLogin, credentials in the %s',
    async (method) => {
      const { server } = world.project;
      const { sent, fetch } = recording();
      const sdk = newSdk(world.app.baseUrl, { fetch, ...(method && { authCredentialsMethod: method }) });
      const profile = await sdk.startClientLogin(server.id, server.secret!);
      expect(profile).toMatchObject({ resourceType: 'ClientApplication', id: server.id });
      expect(sdk.getProfile()).toEqual(profile);
      expect(sdk.getProject()).toMatchObject({ id: world.project.id });
      expect(sdk.getProjectMembership()).toMatchObject({
        profile: { reference: `ClientApplication/${server.id}` },
      });
      expect(sdk.getAccessPolicy()?.resource?.length).toBeGreaterThan(0);
      expect(sdk.getUserConfiguration()?.menu?.length).toBeGreaterThan(0);
      expect([sdk.isProjectAdmin(), sdk.isSuperAdmin()]).toEqual([false, false]);
      const token = sent.find(({ url }) => url.endsWith('oauth2/token'))!;
      expect(token.body.includes('client_secret')).toBe(method === undefined);
    },
  );

  it('F6 startJwtAssertionLogin, and no endless minting after it', async () => {
    const key = await newClientKey('ES384');
    const client = await world.addClient(world.project.id, {
      name: 'Signs',
      grantTypes: ['client_credentials'],
      jwks: { keys: [key.jwk] },
    });
    const { sent, fetch } = recording();
    const sdk = newSdk(world.app.baseUrl, { fetch });
    const assertion = await new AssertionSigner(client.id, `${world.app.baseUrl}oauth2/token`, key).sign();
    const profile = await sdk.startJwtAssertionLogin(assertion);
    expect(profile).toMatchObject({ resourceType: 'ClientApplication', id: client.id });
    await sdk.get('auth/me');
    expect(sent.filter(({ url }) => url.endsWith('oauth2/token'))).toHaveLength(1);
  });

  it('F9 setBasicAuth: calls go through, and after a 401 its token request with header and body does too', async () => {
    const { server } = world.project;
    let refused = false;
    const { sent, fetch } = recording((url) => {
      if (refused || !url.endsWith('auth/me')) return undefined;
      refused = true;
      return new Response('{}', { status: 401, headers: { 'content-type': 'application/fhir+json' } });
    });
    const sdk = newSdk(world.app.baseUrl, { fetch });
    sdk.setBasicAuth(server.id, server.secret!);
    const me = await sdk.get('auth/me');
    expect(me.profile.id).toBe(server.id);
    const token = sent.find(({ url }) => url.endsWith('oauth2/token'))!;
    expect(token.headers['Authorization']).toMatch(/^Basic /);
    expect(token.body).toContain(`client_secret=${server.secret}`);
  });

  it('V48 setBasicAuth stops with the client', async () => {
    const client = await world.addClient(world.project.id, {
      name: 'Ends',
      grantTypes: ['client_credentials'],
    });
    const sdk = newSdk(world.app.baseUrl);
    sdk.setBasicAuth(client.id, client.secret!);
    expect((await sdk.get('auth/me')).profile.id).toBe(client.id);
    const clients = world.app.get(ClientsService);
    await world.app.get(Db).tx((tx) => clients.deactivate(tx, actor, world.project.id, client.id));
    await expect(sdk.get('auth/me')).rejects.toThrow();
  });

  it('F39 an on-behalf-of header that goes everywhere does no harm to tokens and auth/me', async () => {
    const { client, secret } = await world.app
      .get(Db)
      .tx((tx) =>
        world.app
          .get(OnboardingService)
          .addClient(
            tx,
            actor,
            world.project.id,
            { name: 'Acts for others', grantTypes: ['client_credentials'] },
            { admin: true },
          ),
      );
    const sdk = newSdk(world.app.baseUrl, {
      defaultHeaders: { 'X-Medplum-On-Behalf-Of': `ProjectMembership/${world.project.person.membershipId}` },
    });
    const profile = await sdk.startClientLogin(client.id, secret!);
    expect(profile).toMatchObject({ id: client.id });
    expect(sdk.isProjectAdmin()).toBe(true);
  });

  it('a person: the profile of a token, and auth/revoke of a login', async () => {
    const { app, person } = world.project;
    const { body } = await world.agent.codeFlow(app, person);
    const sdk = newSdk(world.app.baseUrl, { clientId: app.id });
    sdk.setAccessToken(body.access_token, body.refresh_token);
    const profile = await sdk.getProfileAsync();
    expect(profile).toMatchObject({ resourceType: 'Practitioner' });
    const me = await sdk.get('auth/me');
    await sdk.post('auth/revoke', { loginId: me.security.sessions[0].id });
    await expect(newSdkWith(body.access_token).get('auth/me')).rejects.toThrow();
  });

  it('invite: the membership, and a link where no mail is wanted', async () => {
    const { client, secret } = await world.app
      .get(Db)
      .tx((tx) =>
        world.app
          .get(OnboardingService)
          .addClient(
            tx,
            actor,
            world.project.id,
            { name: 'Invites', grantTypes: ['client_credentials'] },
            { admin: true },
          ),
      );
    const sdk = newSdk(world.app.baseUrl);
    await sdk.startClientLogin(client.id, secret!);
    const email = 'sdk-guest@example.org';
    const invited = await sdk.invite(world.project.id, {
      resourceType: 'Patient',
      firstName: 'Mira',
      lastName: 'Quill',
      email,
      sendEmail: false,
      membership: { externalId: 'mira-1' },
    });
    expect(invited).toMatchObject({
      resourceType: 'ProjectMembership',
      externalId: 'mira-1',
      invitedBy: { reference: `ClientApplication/${client.id}` },
    });
    const [{ id, secret: linkSecret }] = (
      invited as unknown as { contained: { id: string; secret: string }[] }
    ).contained as [{ id: string; secret: string }];
    const password = 'amber kettle window 73';
    await sdk.post('auth/setpassword', { id, secret: linkSecret, password });
    const person = newSdk(world.app.baseUrl, { clientId: world.project.app.id });
    const login = await person.startLogin({ email, password, projectId: world.project.id });
    await person.processCode(login.code!);
    expect(person.getProfile()).toMatchObject({ resourceType: 'Patient' });
    await expect(
      sdk.invite(world.project.id, { resourceType: 'Patient', firstName: 'M', lastName: 'Q', email }),
    ).rejects.toThrow(/member of this project already/);
  });

  it('signOut ends what the token stands on, of a person and of a client', async () => {
    const { app, person, server } = world.project;
    const { body } = await world.agent.codeFlow(app, person);
    const ofPerson = newSdkWith(body.access_token);
    const ofClient = newSdk(world.app.baseUrl);
    await ofClient.startClientLogin(server.id, server.secret!);
    for (const sdk of [ofPerson, ofClient]) {
      const token = sdk.getAccessToken()!;
      await sdk.signOut();
      expect(sdk.getAccessToken()).toBeUndefined();
      expect((await world.agent.get('auth/me', { authorization: `Bearer ${token}` })).status).toBe(401);
    }
  });
});

function newSdkWith(accessToken: string) {
  const sdk = newSdk(world.app.baseUrl);
  sdk.setAccessToken(accessToken);
  return sdk;
}
