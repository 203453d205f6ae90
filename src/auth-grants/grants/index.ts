import type { Type } from '@nestjs/common';
import { AuthorizationCodeGrant } from './authorization-code.grant.js';
import { ClientCredentialsGrant } from './client-credentials.grant.js';
import type { Grant } from './grant.types.js';
import { RefreshTokenGrant } from './refresh-token.grant.js';

/** Every grant by its `grant_type`: discovery, client validation and documentation follow from this list. */
export const grants = {
  authorization_code: AuthorizationCodeGrant,
  refresh_token: RefreshTokenGrant,
  client_credentials: ClientCredentialsGrant,
} satisfies Record<string, Type<Grant>>;

/** The `grant_type` values that the token endpoint knows. */
export const grantTypes = Object.keys(grants) as readonly (keyof typeof grants)[];
