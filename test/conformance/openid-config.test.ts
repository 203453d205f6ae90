import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeProtectedHeader } from 'jose';
import { loadConfig } from '../../src/kernel/config.js';
import { AssertionSigner, newClientKey } from '../helpers/client-keys.js';
import { Visitor } from '../helpers/visitor.js';
import { startWorld, type World } from '../helpers/world.js';

let world: World;
// biome-ignore lint/suspicious/noExplicitAny: the document is what is being tested
let metadata: any;

beforeAll(async () => {
  world = await startWorld();
  metadata = (await world.agent.get('.well-known/openid-configuration')).body;
});
afterAll(() => world.close());

describe('the checks of the Config OP plan, in our words', () => {
  it('OIDF-C01 the issuer is the address below which the document stands', () => {
    expect(`${metadata.issuer}.well-known/openid-configuration`).toBe(
      new URL('.well-known/openid-configuration', world.app.baseUrl).href,
    );
  });

  it('OIDF-C02 every endpoint is there, and https wherever it is not this machine', async () => {
    for (const name of [
      'authorization_endpoint',
      'token_endpoint',
      'userinfo_endpoint',
      'introspection_endpoint',
      'revocation_endpoint',
      'jwks_uri',
    ]) {
      expect(metadata[name]).toMatch(new RegExp(`^${world.app.baseUrl}`));
      expect((await fetch(metadata[name], { method: 'OPTIONS' })).status).toBeLessThan(500);
    }
    const plain = { CAREKEY_BASE_URL: 'http://id.example.org/', DATABASE_URL: 'postgres://db.example.org/x' };
    expect(() => loadConfig(plain)).toThrow(/https/);
  });

  it('OIDF-C03 the keys are public and usable', async () => {
    const { keys } = (await world.agent.get('.well-known/jwks.json')).body;
    for (const key of keys) {
      expect(['RSA', 'EC']).toContain(key.kty);
      expect(key).not.toHaveProperty('d');
    }
  });

  it('OIDF-C04 F50 lists openid, code, public subjects and RS256', () => {
    expect(metadata.scopes_supported).toContain('openid');
    expect(metadata.response_types_supported).toEqual(['code']);
    expect(metadata.subject_types_supported).toEqual(['public']);
    expect(metadata.id_token_signing_alg_values_supported).toContain('RS256');
  });
});

describe('MD-05 BCP-32 what the document lists is what the server does', () => {
  it('scopes: each is granted; claims: each comes, and none that is not listed', async () => {
    const listed: string[] = metadata.scopes_supported;
    const ofServers = listed.filter((one) => one.startsWith('system/'));
    const key = await newClientKey('ES256');
    const server = await world.addClient(world.project.id, {
      name: 'Back end',
      grantTypes: ['client_credentials'],
      jwks: { keys: [key.jwk] },
      allowedScopes: ofServers,
    });
    const signed = await new AssertionSigner(server.id, world.app.baseUrl, key).form();
    const asked = { grant_type: 'client_credentials', scope: ofServers.join(' ') };
    expect((await world.agent.token({ ...asked, ...signed })).body.scope).toBe(asked.scope);
    const ada = new Visitor(world, await world.addPerson(world.project.id, { profileType: 'Patient' }));
    const scope = listed.filter((one) => !ofServers.includes(one)).join(' ');
    const { body } = await ada.tokens({ scope, nonce: 'n' });
    expect(body.scope).toBe(scope);
    const userinfo = (await world.agent.userinfo(body.access_token)).body;
    const idToken = JSON.parse(Buffer.from(body.id_token.split('.')[1], 'base64url').toString());
    const got = new Set([...Object.keys(userinfo), ...Object.keys(idToken)]);
    // What names the token and the login, not the person.
    const technical = ['jti', 'login_id'];
    expect([...got].filter((name) => !technical.includes(name)).sort()).toEqual(
      [...metadata.claims_supported].sort(),
    );
    expect(metadata.acr_values_supported).toContain(idToken.acr);
  });

  it('prompts: each goes on, another one is refused; languages: those of the pages', async () => {
    const ada = await Visitor.of(world);
    for (const prompt of metadata.prompt_values_supported) {
      expect((await ada.ask({ prompt })).answer).not.toHaveProperty('error');
    }
    expect((await ada.ask({ prompt: 'create' })).answer['error']).toBe('invalid_request');
    const page = await new Visitor(world, ada.person).browser.get('/signin');
    expect(await page.text()).toContain(`lang="${metadata.ui_locales_supported[0]}"`);
  });

  it('BCP-31 ASVS-10.4.12 response modes: query, and nothing else, no message to a window either', async () => {
    const ada = await Visitor.of(world);
    for (const mode of metadata.response_modes_supported) {
      expect((await ada.ask({ response_mode: mode })).answer).toHaveProperty('code');
    }
    for (const mode of ['fragment', 'form_post', 'web_message', 'query.jwt', 'jwt']) {
      expect((await ada.ask({ response_mode: mode, state: mode })).answer['error']).toBe('invalid_request');
      world.app.clock.advance(11_000);
    }
  });

  it('signing algorithms: each is used for the client that chose it', async () => {
    for (const alg of metadata.id_token_signing_alg_values_supported) {
      const client = await world.addClient(world.project.id, {
        name: `Signs ${alg}`,
        redirectUris: ['https://alg.example/cb'],
        idTokenSignedResponseAlg: alg,
        grantTypes: ['authorization_code'],
        authenticatedGrants: [],
      });
      const { body } = await (await Visitor.of(world, 'openid', client)).tokens();
      expect(decodeProtectedHeader(body.id_token).alg).toBe(alg);
    }
  });

  it('the flags: request objects and request_uri are refused, the claims parameter works', () => {
    expect(metadata).toMatchObject({
      claims_parameter_supported: true,
      request_parameter_supported: false,
      request_uri_parameter_supported: false,
      authorization_response_iss_parameter_supported: true,
    });
  });

  it.each(['oauth2/register', 'oauth2/par', 'oauth2/device_authorization', 'scim/v2/Users'])(
    'F56 BCP-41 ASVS-10.4.7 %s is 404 and unadvertised until it is built',
    async (path) => {
      for (const method of ['GET', 'POST']) {
        expect((await world.agent.request(path, { method })).status).toBe(404);
      }
      expect(JSON.stringify(metadata)).not.toContain(path);
    },
  );
});
