import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { newClientKey } from '../client-key.mjs';
import { ServerProcess } from './server-process.mjs';

/** The built server. */
export const main = fileURLToPath(new URL('../../dist/bundle/main.js', import.meta.url));
const person = { email: 'ada@example.org', password: 'violet harbor lantern 42' };

/** Carekey as `npm start` runs it, on its embedded PostgreSQL; traffic limits off, log level `warn`. */
export class Carekey extends ServerProcess {
  name = 'carekey';
  person = person;
  paths = {
    authorize: '/oauth2/authorize',
    token: '/oauth2/token',
    userinfo: '/oauth2/userinfo',
    introspect: '/oauth2/introspect',
    discovery: '/.well-known/openid-configuration',
    jwks: '/.well-known/jwks.json',
  };

  get issuer() {
    return `${this.origin}/`;
  }

  /** The confidential client that the first start made; known once that is done. */
  get client() {
    return {
      id: this.firstStep('CLIENT_ID'),
      secret: this.firstStep('CLIENT_SECRET'),
      redirectUri: 'http://127.0.0.1/callback',
    };
  }

  /** A client of another project than `client`. */
  get adminClientId() {
    return this.firstStep('ADMIN_CLIENT_ID');
  }

  firstStep(name) {
    const text = readFileSync(join(this.dataDir, 'first-steps.env'), 'utf8');
    return new RegExp(`^${name}=(.*)$`, 'm').exec(text)[1];
  }

  /** Makes a client that proves itself by a key, by the admin API, with a token of an admin. */
  async keyClient(adminToken) {
    const { jwk, publicJwk } = newClientKey();
    const input = {
      name: 'Client with a key',
      grantTypes: ['CLIENT_CREDENTIALS'],
      jwks: JSON.stringify({ keys: [publicJwk] }),
      tokenEndpointAuthMethod: 'PRIVATE_KEY_JWT',
    };
    const { createClient } = await this.graphql(
      adminToken,
      'mutation($input: CreateClientInput!) { createClient(input: $input) { client { id } } }',
      { input },
    );
    return { id: createClient.client.id, jwk };
  }

  /** Asks the admin API. @throws Error when it refuses. */
  async graphql(token, query, variables) {
    const response = await fetch(`${this.origin}/graphql`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors } = await response.json();
    if (!data || errors?.length) throw new Error(`The admin API refused: ${JSON.stringify(errors)}`);
    return data;
  }

  command() {
    return {
      args: [main],
      env: {
        PORT: String(this.port),
        CAREKEY_DATA_DIR: this.dataDir,
        CAREKEY_LOG_LEVEL: 'warn',
        CAREKEY_RATE_LIMIT_REQUESTS: '-1',
        CAREKEY_RATE_LIMIT_SIGN_IN: '-1',
        CAREKEY_RATE_LIMIT_TOKENS: '-1',
        CAREKEY_RATE_LIMIT_CLIENT_TOKENS: '-1',
        CAREKEY_RATE_LIMIT_PROJECT_TOKENS: '-1',
        CAREKEY_RATE_LIMIT_FHIR: '-1',
        CAREKEY_RATE_LIMIT_PROJECT_FHIR: '-1',
        CAREKEY_ADMIN_EMAIL: person.email,
        CAREKEY_ADMIN_PASSWORD: person.password,
      },
    };
  }
}
