/** The parameters of an authorization request: name, what it does, whether it must be there. */
export const authorizeParameters: readonly (readonly [string, string, boolean?])[] = [
  ['response_type', '`code`', true],
  ['client_id', 'The client.', true],
  ['redirect_uri', 'One of the addresses registered for the client, exactly.', true],
  [
    'scope',
    '`openid profile email fhirUser offline_access`, separated by spaces; the default of the client when left out.',
  ],
  ['state', 'Comes back unchanged.'],
  ['nonce', 'Comes back in the id_token.'],
  ['code_challenge', 'PKCE (RFC 7636). Every public client needs it.'],
  ['code_challenge_method', '`S256`'],
  ['prompt', '`none`, `login`, `consent`, `select_account`'],
  ['max_age', 'Sign in again when the last sign-in is older, in seconds.'],
  ['login_hint', 'Fills in the e-mail address; asks which account is meant when somebody else is signed in.'],
  ['id_token_hint', 'An id_token of this app or its project, expired or not: nobody else may be signed in.'],
  ['claims', 'Claims by name (OIDC Core section 5.5), for `userinfo` and `id_token`.'],
  ['acr_values', 'A wish; the `acr` of the sign-in is always answered.'],
  ['ui_locales', 'Languages for the pages, best first.'],
  ['resource', 'This server (RFC 8707); anything else is `invalid_target`.'],
  ['response_mode', '`query`'],
];
