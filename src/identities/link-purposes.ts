const hour = 3_600_000;

/** What a link is for, how long it lives in milliseconds, and the page that it opens (wire-spec sections 2.5 and 8.5). */
export const linkPurposes = {
  invite: { lifeMs: 7 * 24 * hour, path: 'setpassword' },
  'reset-password': { lifeMs: hour, path: 'setpassword' },
  'verify-email': { lifeMs: 7 * 24 * hour, path: 'verifyemail' },
} as const;

export type LinkPurpose = keyof typeof linkPurposes;
