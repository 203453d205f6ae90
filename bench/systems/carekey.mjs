import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ServerProcess } from './server-process.mjs';

const main = fileURLToPath(new URL('../../dist/src/main.js', import.meta.url));
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
    const text = readFileSync(join(this.dataDir, 'first-steps.env'), 'utf8');
    const value = (name) => new RegExp(`^${name}=(.*)$`, 'm').exec(text)[1];
    return {
      id: value('CLIENT_ID'),
      secret: value('CLIENT_SECRET'),
      redirectUri: 'http://127.0.0.1/callback',
    };
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
        CAREKEY_ADMIN_EMAIL: person.email,
        CAREKEY_ADMIN_PASSWORD: person.password,
      },
    };
  }
}
