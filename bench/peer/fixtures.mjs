/** The one client, person and two resource servers of the peer: both sides of the benchmark know them. */
export const peerClient = {
  client_id: 'bench-server',
  client_secret: '5f0e2e0b7c1f4a8d9b6a3c2d1e0f9a8b7c6d5e4f3a2b1c0d9e8f7a6b5c4d3e2f',
  redirect_uris: ['https://app.example/callback'],
  grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
  response_types: ['code'],
  token_endpoint_auth_method: 'client_secret_basic',
  id_token_signed_response_alg: 'RS256',
};

/** Another client, which proves itself by a key; `PEER_CLIENT_JWK` of the peer's environment holds the public one. */
export const keyClient = {
  client_id: 'bench-key-client',
  redirect_uris: [],
  grant_types: ['client_credentials'],
  response_types: [],
  token_endpoint_auth_method: 'private_key_jwt',
  token_endpoint_auth_signing_alg: 'ES256',
};

export const account = { id: 'ada', email: 'ada@example.org', password: 'violet harbor lantern 42' };

export const resources = { jwt: 'urn:bench:jwt', stored: 'urn:bench:stored' };
