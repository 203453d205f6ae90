/**
 * How sure a sign-in was, as `acr` says it (OIDC Core section 2): one factor, today always a password. Each value stands
 * for a property of the sign-in, never for a wish of the app. Discovery lists exactly these.
 */
export const acrValues = ['urn:carekey:loa:1fa'] as const;

export type Acr = (typeof acrValues)[number];

/** The `acr` of what a person did to sign in; `undefined` where nobody signed in. @param amr as RFC 8176 names it. */
export function acrOf(amr: readonly string[]): Acr | undefined {
  return amr.length > 0 ? 'urn:carekey:loa:1fa' : undefined;
}
