import { generateKeyPairSync } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { account, keyClient, peerClient, resources } from './fixtures.mjs';

const hour = 3600;
const day = 24 * hour;

/** The signing keys, made at the first start and kept: an id_token is signed RS256, an access token ES256, as by Carekey. */
function signingKeys(dataDir) {
  const file = join(dataDir, 'jwks.json');
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8'));
  const pairs = [
    [generateKeyPairSync('rsa', { modulusLength: 2048 }), 'RS256'],
    [generateKeyPairSync('ec', { namedCurve: 'P-256' }), 'ES256'],
  ];
  const keys = pairs.map(([{ privateKey }, alg]) => ({
    ...privateKey.export({ format: 'jwk' }),
    alg,
    use: 'sig',
    kid: alg.toLowerCase(),
  }));
  writeFileSync(file, JSON.stringify({ keys }), { mode: 0o600 });
  return { keys };
}

/** What a resource server's tokens look like: the same client gets JWT or stored ones, by what it asks for. */
const resourceServers = {
  [resources.jwt]: { accessTokenFormat: 'jwt', jwt: { sign: { alg: 'ES256' } } },
  [resources.stored]: { accessTokenFormat: 'opaque' },
};

/** The configuration of oidc-provider: what the measured works need, and what Carekey does too (PKCE, rotation). */
export function configuration(adapter, dataDir) {
  return {
    adapter,
    jwks: signingKeys(dataDir),
    clients: [peerClient, { ...keyClient, jwks: { keys: [JSON.parse(process.env.PEER_CLIENT_JWK)] } }],
    cookies: { keys: ['a key of this benchmark only'] },
    findAccount: (_ctx, id) => (id === account.id ? { accountId: id, claims: () => claims } : undefined),
    claims: {
      openid: ['sub'],
      email: ['email', 'email_verified'],
      profile: ['name', 'given_name', 'family_name', 'updated_at'],
    },
    scopes: ['openid', 'offline_access', 'profile', 'email'],
    responseTypes: ['code'],
    pkce: { required: () => true },
    rotateRefreshToken: true,
    issueRefreshToken: (_ctx, client, code) =>
      client.grantTypeAllowed('refresh_token') && code.scopes.has('offline_access'),
    ttl: {
      AccessToken: hour,
      AuthorizationCode: 60,
      ClientCredentials: hour,
      Grant: 30 * day,
      IdToken: hour,
      Interaction: hour,
      RefreshToken: 30 * day,
      Session: day,
    },
    interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      introspection: { enabled: true },
      revocation: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: (_ctx, _client, oneOf) => oneOf,
        useGrantedResource: () => true,
        getResourceServerInfo: (_ctx, indicator) => ({
          scope: 'openid profile email offline_access',
          audience: indicator,
          accessTokenTTL: hour,
          ...resourceServers[indicator],
        }),
      },
    },
  };
}

const claims = {
  sub: account.id,
  email: account.email,
  email_verified: true,
  name: 'Ada Quill',
  given_name: 'Ada',
  family_name: 'Quill',
  updated_at: 1_760_000_000,
};
