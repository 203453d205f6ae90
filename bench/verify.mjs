import { createRemoteJWKSet, jwtVerify } from 'jose';
import { basic } from './code-flow.mjs';

/**
 * Judges answers that the load generator kept: every token in them must hold. A JWT is verified by signature, issuer and
 * type with the keys that the server publishes; an opaque token by introspection.
 * @returns how many tokens were verified.
 */
export async function verifySamples(system, samples) {
  const keys = createRemoteJWKSet(new URL(system.origin + system.paths.jwks));
  let verified = 0;
  for (const sample of samples) {
    const { access_token: access, id_token: id } = JSON.parse(sample);
    for (const [jwt, typ, alg] of [
      [access, 'at+jwt', 'ES256'],
      [id, undefined, 'RS256'],
    ]) {
      if (!jwt) continue;
      if (jwt.includes('.')) await jwtVerify(jwt, keys, { issuer: system.issuer, algorithms: [alg], typ });
      else await mustBeActive(system, jwt);
      verified += 1;
    }
  }
  return verified;
}

async function mustBeActive({ origin, paths, client, name }, token) {
  const response = await fetch(origin + paths.introspect, {
    method: 'POST',
    headers: { authorization: basic(client) },
    body: new URLSearchParams({ token }),
  });
  const { active } = await response.json();
  if (active !== true) throw new Error(`${name} issued a token that it does not know: ${response.status}`);
}
