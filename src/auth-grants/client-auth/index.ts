import { basic } from './basic.js';
import type { ClientAuthMethod } from './client-auth.types.js';
import { none } from './none.js';
import { post } from './post.js';

/** Every way of client authentication, in the order in which they are looked for. */
export const clientAuthMethods: readonly ClientAuthMethod[] = [basic, post, none];
