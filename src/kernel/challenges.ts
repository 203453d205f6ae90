/** The challenges of 401 answers (RFC 9110 section 11.6.1): RFC 6750 section 3, RFC 7617 section 2. */
export const bearerChallenge = 'Bearer realm="carekey"';
export const basicChallenge = 'Basic realm="carekey", charset="UTF-8"';

/** Whether a request tried Basic, well or badly; the scheme in any case (RFC 9110 section 11.1). */
export function usesBasic(authorization: string | undefined): authorization is string {
  return authorization !== undefined && /^basic(?: |$)/i.test(authorization);
}

/**
 * The challenge for a request that was not let in. Basic is named only to whoever used it: a browser would ask a person for
 * what only a client has (F15).
 */
export function challengeFor(authorization: string | undefined): string {
  return usesBasic(authorization) ? basicChallenge : bearerChallenge;
}
