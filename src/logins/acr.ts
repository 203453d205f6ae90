/**
 * How sure a sign-in was, as `acr` says it (OIDC Core section 2): one factor, or two of different kinds (a passkey that
 * verified its user is both at once). Each value stands for a property of the sign-in, never for a wish of the app.
 * Discovery lists exactly these.
 */
export const acrValues = ['urn:carekey:loa:1fa', 'urn:carekey:loa:2fa'] as const;

export type Acr = (typeof acrValues)[number];

/** What a person does to prove a second factor, as `amr` names it (RFC 8176). */
const secondFactors = new Set(['otp', 'hwk', 'swk']);

/** The `acr` of what a person did to sign in; `undefined` where nobody signed in. @param amr as RFC 8176 names it. */
export function acrOf(amr: readonly string[]): Acr | undefined {
  if (amr.length === 0) return undefined;
  return amr.includes('mfa') ? 'urn:carekey:loa:2fa' : 'urn:carekey:loa:1fa';
}

/** Whether a person gave a second factor of any kind. */
export function hasSecondFactor(amr: readonly string[]): boolean {
  return amr.some((one) => secondFactors.has(one));
}

/** Whether an app would rather have two factors: the first of the values that is known here (OIDC Core 3.1.2.1). */
export function prefersTwoFactors(values: readonly unknown[]): boolean {
  return values.find((value) => acrValues.includes(value as Acr)) === 'urn:carekey:loa:2fa';
}
