import { basic } from './basic.js';
import type { ClientAuthMethod } from './client-auth.types.js';
import { none } from './none.js';
import { post } from './post.js';
import { privateKeyJwt } from './private-key-jwt.js';

/** Every way of client authentication, in the order in which they are looked for. */
export const clientAuthMethods: readonly ClientAuthMethod[] = [basic, post, privateKeyJwt, none];
