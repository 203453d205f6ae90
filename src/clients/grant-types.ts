/**
 * Injection token of the grant types that this server knows (`readonly string[]`). Declared here, where clients are
 * checked against it, and bound where the grants are: the list of grants stays one list.
 */
export const GRANT_TYPES = Symbol('GrantTypes');
