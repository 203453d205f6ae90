import { isS256Challenge } from '../pkce.js';
import { type AuthorizeStep, redirectRefusal } from './authorize.types.js';

/** PKCE with S256 (RFC 7636; OAuth 2.1 section 7.5): required, unless a confidential client is excused; never `plain`. */
export const pkceStep: AuthorizeStep = {
  name: 'pkce',
  check(context) {
    const challenge = context.parameters.get('code_challenge');
    const method = context.parameters.get('code_challenge_method');
    if (challenge === undefined) {
      if (method !== undefined) return redirectRefusal('invalid_request', 'Missing code_challenge');
      const excused =
        context.client!.pkceOptional && context.client!.authenticatedGrants.includes('authorization_code');
      return excused
        ? undefined
        : redirectRefusal('invalid_request', 'PKCE is required: send code_challenge with S256');
    }
    if (method === undefined) return redirectRefusal('invalid_request', 'Missing code challenge method');
    if (method !== 'S256')
      return redirectRefusal('invalid_request', 'Only the code_challenge_method S256 is supported');
    if (!isS256Challenge(challenge))
      return redirectRefusal('invalid_request', 'code_challenge is not an S256 challenge');
    context.codeChallenge = challenge;
    return undefined;
  },
};
