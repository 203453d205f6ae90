/**
 * Tables whose rows a backup leaves out, each with its reason. Sign-ins never come back (rulings 25): what was used up or
 * revoked after the backup would be good again. Everything else is kept, tables of later versions included.
 */
export const leftOut: Readonly<Record<string, string>> = {
  authorization_code: 'a code that was used up would work again',
  authorization_request: 'a sign-in under way has lost its browser by then',
  browser_session: 'a session that was ended would live again',
  login: 'a login that was revoked would live again',
  login_handle: 'belongs to its login',
  one_time_link: 'a link that was used up would work again',
  refresh_family: 'a token that was rotated away or revoked would work again',
  setup_link: 'a link that was used up would work again',
};
