import { fileURLToPath } from 'node:url';
import { newClientKey } from '../client-key.mjs';
import { account, keyClient, peerClient } from '../peer/fixtures.mjs';
import { ServerProcess } from './server-process.mjs';

const script = fileURLToPath(new URL('../peer/server.mjs', import.meta.url));

/** oidc-provider in a process of its own, on a PostgreSQL of its own. */
export class Peer extends ServerProcess {
  name = 'oidc-provider';
  pair = newClientKey();
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

  /** The client that proves itself by a key. */
  async keyClient() {
    return { id: keyClient.client_id, jwk: this.pair.jwk };
  }

  command() {
    return {
      env: { PEER_CLIENT_JWK: JSON.stringify(this.pair.publicJwk) },
      args: [script, String(this.port), this.dataDir],
      channel: true,
    };
  }
}
