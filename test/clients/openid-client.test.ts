import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as oidc from 'openid-client';
import { startWorld, type World } from '../helpers/world.js';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

const insecure = { execute: [oidc.allowInsecureRequests] };
const configure = (id: string, auth: oidc.ClientAuth, metadata: Partial<oidc.ClientMetadata> = {}) =>
  oidc.discovery(new URL(world.app.baseUrl), id, metadata, auth, insecure);

/** Lets the person sign in to the address that the client library built. */
async function signIn(url: URL, client: World['project']['app']): Promise<URL> {
  const parameters = Object.fromEntries(url.searchParams);
  return world.agent.signIn(client, world.project.person, { state: undefined, ...parameters });
}

describe('openid-client, strict', () => {
  it('public client: code + PKCE, nonce, state, iss, userinfo, refresh, revocation', async () => {
    const { app, person } = world.project;
    const config = await configure(app.id, oidc.None());
    oidc.enableNonRepudiationChecks(config);
    const pkceCodeVerifier = oidc.randomPKCECodeVerifier();
    const expectedNonce = oidc.randomNonce();
    const expectedState = oidc.randomState();
    const url = oidc.buildAuthorizationUrl(config, {
      redirect_uri: app.redirectUri,
      scope: 'openid profile email offline_access',
      code_challenge: await oidc.calculatePKCECodeChallenge(pkceCodeVerifier),
      code_challenge_method: 'S256',
      nonce: expectedNonce,
      state: expectedState,
    });
    const tokens = await oidc.authorizationCodeGrant(config, await signIn(url, app), {
      pkceCodeVerifier,
      expectedNonce,
      expectedState,
      idTokenExpected: true,
    });
    expect(tokens.claims()).toMatchObject({ sub: person.userId, nonce: expectedNonce });
    const info = await oidc.fetchUserInfo(config, tokens.access_token, tokens.claims()!.sub);
    expect(info.email).toBe(person.email);
    const refreshed = await oidc.refreshTokenGrant(config, tokens.refresh_token!);
    expect(refreshed.claims()?.sub).toBe(person.userId);
    await oidc.tokenRevocation(config, refreshed.refresh_token!);
    await expect(oidc.fetchUserInfo(config, refreshed.access_token, person.userId)).rejects.toThrow();
    await expect(oidc.refreshTokenGrant(config, refreshed.refresh_token!)).rejects.toMatchObject({
      error: 'invalid_grant',
    });
  });

  it.each([
    ['client_secret_basic', oidc.ClientSecretBasic],
    ['client_secret_post', oidc.ClientSecretPost],
  ] as const)('server with %s: client credentials, introspection, revocation', async (_name, method) => {
    const { server } = world.project;
    const config = await configure(server.id, method(server.secret));
    const tokens = await oidc.clientCredentialsGrant(config);
    expect(tokens.expires_in).toBe(3600);
    const live = await oidc.tokenIntrospection(config, tokens.access_token);
    expect(live).toMatchObject({ active: true, client_id: server.id, sub: server.id });
    await oidc.tokenRevocation(config, tokens.access_token);
    expect(await oidc.tokenIntrospection(config, tokens.access_token)).toEqual({ active: false });
  });

  it('confidential client: code + PKCE with its secret, ES256 id_token when registered', async () => {
    const client = await world.addClient(world.project.id, {
      name: 'ES256 portal',
      redirectUris: ['https://es.example/cb'],
      grantTypes: ['authorization_code', 'refresh_token'],
      authenticatedGrants: ['authorization_code', 'refresh_token'],
      idTokenSignedResponseAlg: 'ES256',
    });
    const config = await configure(client.id, oidc.ClientSecretBasic(client.secret), {
      id_token_signed_response_alg: 'ES256',
    });
    const pkceCodeVerifier = oidc.randomPKCECodeVerifier();
    const url = oidc.buildAuthorizationUrl(config, {
      redirect_uri: client.redirectUri,
      scope: 'openid',
      code_challenge: await oidc.calculatePKCECodeChallenge(pkceCodeVerifier),
      code_challenge_method: 'S256',
    });
    const tokens = await oidc.authorizationCodeGrant(config, await signIn(url, client), {
      pkceCodeVerifier,
      idTokenExpected: true,
    });
    expect(tokens.claims()?.aud).toBe(client.id);
  });
});
