import { createPrivateKey, randomUUID, sign } from 'node:crypto';

/**
 * What one connection of a job sends, and what it demands of the answers: its status (200) and every text of `expect`.
 *
 * `assertions` jobs sign a `private_key_jwt` assertion of their own for each request. `fixed` jobs go round a list of ready-made requests. `chain` jobs send the refresh token that the last answer of the
 * same family brought; a family belongs to one connection, so it is never refreshed twice at once.
 */
export function nextRequest(job, slot) {
  if (job.assertions) return asserted(job);
  return job.chains ? chained(job, slot) : fixed(job, slot);
}

const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

function asserted({ request, assertions: { clientId, audience, jwk } }) {
  const key = createPrivateKey({ key: jwk, format: 'jwk' });
  const encoded = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const header = encoded({ alg: 'ES256', kid: jwk.kid });
  return {
    next() {
      const iat = Math.floor(Date.now() / 1000);
      const claims = { iss: clientId, sub: clientId, aud: audience, jti: randomUUID(), iat, exp: iat + 60 };
      const input = `${header}.${encoded(claims)}`;
      const signature = sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' });
      const assertion = `${input}.${signature.toString('base64url')}`;
      return {
        ...request,
        body: `${request.body}&client_assertion_type=${encodeURIComponent(assertionType)}&client_assertion=${assertion}`,
      };
    },
    check: (answer) => demand(answer, request.expect),
  };
}

function fixed({ requests }, slot) {
  let at = slot;
  let sent;
  return {
    next: () => (sent = requests[at++ % requests.length]),
    check: (answer) => demand(answer, sent.expect, sent.status),
  };
}

function chained({ request, chains, connections }, slot) {
  const own = chains.filter((_, index) => index % connections === slot);
  let at = -1;
  return {
    next() {
      at = (at + 1) % own.length;
      const token = encodeURIComponent(own[at].refreshToken);
      return { ...request, body: `${request.body}&refresh_token=${token}` };
    },
    check(answer) {
      demand(answer, request.expect);
      const { refresh_token: next } = JSON.parse(answer.body);
      if (!next || next === own[at].refreshToken) throw new Error('The refresh token was not rotated');
      own[at].refreshToken = next;
    },
  };
}

function demand({ status, body }, expect, wanted = 200) {
  if (status === wanted && expect.every((text) => body.includes(text))) return;
  throw new Error(`Answered ${status}: ${body.slice(0, 300)}`);
}
