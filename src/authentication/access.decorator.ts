import { SetMetadata } from '@nestjs/common';

/**
 * Who may call a handler. `public` asks for nothing and ignores a stale `Authorization` header (rulings 3);
 * `member` is any live access token, or a client with
 * its secret (HTTP Basic); `admin` an admin of its own project (or a super admin); `super-admin` a member
 * of the super-admin project with admin rights. A handler that says nothing lets nobody in.
 */
export type AccessRule = 'public' | 'member' | 'admin' | 'super-admin';

/** Where the guard and the architecture test find the rule of a handler. */
export const ACCESS_RULE = 'carekey:access';

/** States who may call a handler (design section 2, rule 9). */
export const Access = (rule: AccessRule) => SetMetadata(ACCESS_RULE, rule);
