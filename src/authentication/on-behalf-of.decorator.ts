import { SetMetadata } from '@nestjs/common';

/** With this header a caller asks to act as somebody else (wire-spec section 6). */
export const onBehalfOfHeader = 'x-medplum-on-behalf-of';

/**
 * What becomes of `X-Medplum-On-Behalf-Of` at a door (rulings 14). `refused` (403) is what holds where nothing is said:
 * nobody acts for somebody else where credentials, sessions and accounts are concerned, and an SDK sends the header with
 * every call. `ignored` is for doors that speak about the caller itself, or tell everybody the same. `allowed` is for
 * doors of data, which then work with the rights of whoever is named.
 */
export type OnBehalfOfRule = 'refused' | 'ignored' | 'allowed';

/** Where the guard finds the rule of a handler, or of its controller. */
export const ON_BEHALF_OF_RULE = 'carekey:on-behalf-of';

/** States what becomes of the header, for one handler or all of a controller. */
export const OnBehalfOf = (rule: OnBehalfOfRule) => SetMetadata(ON_BEHALF_OF_RULE, rule);
