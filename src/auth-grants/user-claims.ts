import type { User } from '../identities/user.entity.js';

/** What each scope opens about a person (OIDC Core section 5.4; `fhirUser`: SMART App Launch 2.2). */
const claimsOfScope = {
  profile: ['name', 'given_name', 'family_name', 'updated_at', 'profile'],
  email: ['email', 'email_verified'],
  fhirUser: ['fhirUser'],
} as const;

const scopeOfClaim = new Map<string, string>(
  Object.entries(claimsOfScope).flatMap(([scope, claims]) =>
    claims.map((claim): [string, string] => [claim, scope]),
  ),
);

/** The claims about a person that there are, and that the `claims` parameter may name. */
export const askableClaims: ReadonlySet<string> = new Set(scopeOfClaim.keys());

/**
 * The scopes whose opening a list of claims comes to: naming `email` asks the person the same question as the scope
 * `email`, so that no wording of a request gets past it.
 */
export function scopesOfClaims(claims: readonly string[]): string[] {
  return [...new Set(claims.map((claim) => scopeOfClaim.get(claim)!))];
}

/** Those of the claims that the scopes allow. */
export function allowedClaims(claims: readonly string[], scopes: readonly string[]): string[] {
  return claims.filter((claim) => scopes.includes(scopeOfClaim.get(claim)!));
}

/**
 * The claims of a person that an app gets: what its scopes open, and what it named one by one and was allowed.
 * @param profile `Type/id` of the membership's profile.
 */
export function userClaims(
  user: User,
  profile: string | undefined,
  scope: readonly string[],
  named: readonly string[] = [],
): Record<string, unknown> {
  const all: Readonly<Record<string, unknown>> = {
    name: `${user.givenName} ${user.familyName}`,
    given_name: user.givenName,
    family_name: user.familyName,
    updated_at: Math.floor(user.updatedAt.getTime() / 1000),
    ...(user.email !== null && { email: user.email, email_verified: user.emailVerified }),
    ...(profile && { profile, fhirUser: profile }),
  };
  const wanted = (claim: string) => scope.includes(scopeOfClaim.get(claim)!) || named.includes(claim);
  return Object.fromEntries(Object.entries(all).filter(([claim]) => wanted(claim)));
}
