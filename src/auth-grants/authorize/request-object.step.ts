import { type AuthorizeStep, redirectRefusal } from './authorize.types.js';

/** Request objects (OIDC Core section 6) and self-registration (section 7.2.1) are not supported, and say so. */
export const requestObjectStep: AuthorizeStep = {
  name: 'request-object',
  check({ parameters }) {
    if (parameters.has('request'))
      return redirectRefusal('request_not_supported', 'Unsupported request parameter');
    if (parameters.has('request_uri')) {
      return redirectRefusal('request_uri_not_supported', 'Unsupported request_uri parameter');
    }
    if (parameters.has('registration')) {
      return redirectRefusal('registration_not_supported', 'Unsupported registration parameter');
    }
    return undefined;
  },
};
