import type { User } from '../identities/user.entity.js';

/** What the granted scopes open about a person (OIDC Core section 5.4); the same in id_token and userinfo. */
export function userClaims(
  user: User,
  profile: string | undefined,
  scope: readonly string[],
): Record<string, unknown> {
  return {
    ...(scope.includes('profile') && {
      name: `${user.givenName} ${user.familyName}`,
      given_name: user.givenName,
      family_name: user.familyName,
      updated_at: Math.floor(user.updatedAt.getTime() / 1000),
      ...(profile && { profile }),
    }),
    ...(scope.includes('email') && { email: user.email, email_verified: user.emailVerified }),
  };
}
