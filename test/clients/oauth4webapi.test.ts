import { afterAll, beforeAll, expect, it } from '@jest/globals';
import * as oauth from 'oauth4webapi';
import { startWorld, type World } from '../helpers/world.js';

let world: World;
let as: oauth.AuthorizationServer;
const insecure = { [oauth.allowInsecureRequests]: true };

beforeAll(async () => {
  world = await startWorld();
  const issuer = new URL(world.app.baseUrl);
  as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, insecure));
});
afterAll(() => world.close());

it('oauth4webapi reads the RFC 8414 document too (MD-01)', async () => {
  const issuer = new URL(world.app.baseUrl);
  const response = await oauth.discoveryRequest(issuer, { ...insecure, algorithm: 'oauth2' });
  expect(await oauth.processDiscoveryResponse(issuer, response)).toEqual(as);
});

it('code + PKCE with every check that it has, then userinfo, refresh and revocation', async () => {
  const { app, person } = world.project;
  const client: oauth.Client = { client_id: app.id };
  const verifier = oauth.generateRandomCodeVerifier();
  const nonce = oauth.generateRandomNonce();
  const state = oauth.generateRandomState();
  const back = await world.agent.signIn(app, person, {
    nonce,
    state,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  });
  const parameters = oauth.validateAuthResponse(as, client, back, state);
  const response = await oauth.authorizationCodeGrantRequest(
    as,
    client,
    oauth.None(),
    parameters,
    app.redirectUri,
    verifier,
    insecure,
  );
  const tokens = await oauth.processAuthorizationCodeResponse(as, client, response, {
    expectedNonce: nonce,
    requireIdToken: true,
  });
  await oauth.validateApplicationLevelSignature(as, response, insecure);
  const claims = oauth.getValidatedIdTokenClaims(tokens)!;
  expect(claims).toMatchObject({ sub: person.userId, aud: app.id });

  const infoResponse = await oauth.userInfoRequest(as, client, tokens.access_token, insecure);
  const info = await oauth.processUserInfoResponse(as, client, claims.sub, infoResponse);
  expect(info).toMatchObject({ sub: person.userId, email: person.email });

  const refreshResponse = await oauth.refreshTokenGrantRequest(
    as,
    client,
    oauth.None(),
    tokens.refresh_token!,
    insecure,
  );
  const refreshed = await oauth.processRefreshTokenResponse(as, client, refreshResponse);
  expect(oauth.getValidatedIdTokenClaims(refreshed)?.sub).toBe(person.userId);

  await oauth.processRevocationResponse(
    await oauth.revocationRequest(as, client, oauth.None(), refreshed.refresh_token!, insecure),
  );
  const gone = await oauth.userInfoRequest(as, client, refreshed.access_token, insecure);
  expect(gone.status).toBe(401);
});

it('client credentials and introspection with validated answers; the access token is a valid RFC 9068 JWT', async () => {
  const { server } = world.project;
  const client: oauth.Client = { client_id: server.id };
  const auth = oauth.ClientSecretBasic(server.secret!);
  const response = await oauth.clientCredentialsGrantRequest(as, client, auth, {}, insecure);
  const tokens = await oauth.processClientCredentialsResponse(as, client, response);
  const introspection = await oauth.introspectionRequest(as, client, auth, tokens.access_token, insecure);
  expect(await oauth.processIntrospectionResponse(as, client, introspection)).toMatchObject({
    active: true,
    client_id: server.id,
  });
  const request = new Request('http://resource.example/', {
    headers: { authorization: `Bearer ${tokens.access_token}` },
  });
  const claims = await oauth.validateJwtAccessToken(as, request, world.app.baseUrl, insecure);
  expect(claims).toMatchObject({ sub: server.id, client_id: server.id });
});
