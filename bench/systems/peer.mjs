import { fileURLToPath } from 'node:url';
import { account, peerClient } from '../peer/fixtures.mjs';
import { ServerProcess } from './server-process.mjs';

const script = fileURLToPath(new URL('../peer/server.mjs', import.meta.url));

/** oidc-provider in a process of its own, on a PostgreSQL of its own. */
export class Peer extends ServerProcess {
  name = 'oidc-provider';
  person = { email: account.email, password: account.password };
  client = {
    id: peerClient.client_id,
    secret: peerClient.client_secret,
    redirectUri: peerClient.redirect_uris[0],
  };
  paths = {
    authorize: '/auth',
    token: '/token',
    userinfo: '/me',
    introspect: '/token/introspection',
    discovery: '/.well-known/openid-configuration',
    jwks: '/jwks',
  };

  get issuer() {
    return this.origin;
  }

  command() {
    return { args: [script, String(this.port), this.dataDir], channel: true };
  }
}
