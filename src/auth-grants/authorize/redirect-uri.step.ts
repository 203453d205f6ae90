import { isRegisteredRedirectUri } from '../../clients/redirect-uri.js';
import { type AuthorizeStep, pageRefusal } from './authorize.types.js';

/** The redirect address is there and registered, byte for byte (RFC 9700 section 4.1.3). Always required. */
export const redirectUriStep: AuthorizeStep = {
  name: 'redirect-uri',
  check(context) {
    const redirectUri = context.parameters.get('redirect_uri');
    if (redirectUri === undefined) {
      return pageRefusal('Missing redirect URI', 'The app did not say where to send you afterwards.');
    }
    if (!isRegisteredRedirectUri(context.client!.redirectUris, redirectUri)) {
      return pageRefusal(
        'Invalid redirect URI',
        'The app asked to send you to an address that is not registered for it.',
      );
    }
    context.redirectUri = redirectUri;
    return undefined;
  },
};
