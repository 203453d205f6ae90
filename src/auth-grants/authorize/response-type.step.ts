import { type AuthorizeStep, redirectRefusal } from './authorize.types.js';

/** `response_type=code` and `response_mode=query`, nothing else (OAuth 2.1 section 4.1.1: no implicit grant). */
export const responseTypeStep: AuthorizeStep = {
  name: 'response-type',
  check({ parameters, client }) {
    const responseType = parameters.get('response_type');
    if (responseType === undefined) return redirectRefusal('invalid_request', 'Missing response_type');
    if (responseType !== 'code') return redirectRefusal('unsupported_response_type', 'Invalid response type');
    const mode = parameters.get('response_mode');
    if (mode !== undefined && mode !== 'query')
      return redirectRefusal('invalid_request', 'Unsupported response_mode');
    if (!client!.grantTypes.includes('authorization_code')) {
      return redirectRefusal('unauthorized_client', 'This client may not use authorization_code');
    }
    return undefined;
  },
};
