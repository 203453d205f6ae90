import { OAuthError } from '../oauth.errors.js';
import { readScopesOfPerson } from '../scopes.js';
import { type AuthorizeStep, redirectRefusal } from './authorize.types.js';

/** The scopes asked for, or the client's default ones; each must be supported (RFC 6749 section 3.3). */
export const scopeStep: AuthorizeStep = {
  name: 'scope',
  check(context) {
    const text = context.parameters.get('scope') ?? context.client!.defaultScope.join(' ');
    if (text.trim() === '') return redirectRefusal('invalid_request', 'Missing scope');
    try {
      context.scope = readScopesOfPerson(text, context.client!);
    } catch (error) {
      if (error instanceof OAuthError) return redirectRefusal(error.code, error.message);
      throw error;
    }
    return undefined;
  },
};
