import { authorizeParameters } from './openapi-authorize.js';
import { assertionFields, type Json, ref } from './openapi-schemas.js';

const form = (schema: Json): Json => ({
  required: true,
  content: { 'application/x-www-form-urlencoded': { schema } },
});
const json = (description: string, schema: Json): Json => ({
  description,
  content: { 'application/json': { schema } },
});
const query = (name: string, description: string, required = false): Json => ({
  name,
  in: 'query',
  required,
  description,
  schema: { type: 'string' },
});

const refused = (description: string): Json => json(description, ref('OAuthError'));
const busy = {
  429: refused('Too many: `Retry-After` says when to try again.'),
  503: refused('Nothing was changed. Try again.'),
};
const clientAuthentication: readonly Json[] = [{ clientBasic: [] }, {}];

const logoutParameters: readonly (readonly [string, string])[] = [
  [
    'id_token_hint',
    'An id_token that the app got for this sign-in, of any age: without it the person is asked.',
  ],
  ['client_id', 'The app; the one of the hint when left out.'],
  ['post_logout_redirect_uri', 'One of the addresses registered for it, exactly.'],
  ['state', 'Comes back unchanged.'],
  ['logout_hint', 'Taken, not needed.'],
  ['ui_locales', 'Languages, in order of preference.'],
];

const logoutAnswers: Json = {
  200: json('With a Bearer token: its login and the session that it came from are ended.', {
    type: 'object',
  }),
  303: { description: 'Without one: to the page that ends the session, or asks; from there to the app.' },
  400: { description: 'A page: hint, app or address are not good.', content: { 'text/html': {} } },
  401: refused('The Bearer token is not alive, or JSON came without one.'),
};

const authorizeAnswers: Json = {
  303: {
    description:
      'To the app with `code`, `state` and `iss`, or `error` (RFC 6749 section 4.1.2); or to sign in.',
  },
  400: {
    description: 'A page: client or redirect address are not known, so nothing is redirected.',
    content: { 'text/html': {} },
  },
};

const authorizeForm: Json = {
  type: 'object',
  properties: Object.fromEntries(
    authorizeParameters.map(([name, description]) => [name, { type: 'string', description }]),
  ),
  required: authorizeParameters.filter(([, , required]) => required).map(([name]) => name),
};

const tokenToAsk: Json = {
  type: 'object',
  properties: {
    token: { type: 'string' },
    token_type_hint: { type: 'string', description: 'Ignored: every kind is looked for.' },
    client_id: { type: 'string' },
    client_secret: { type: 'string' },
    ...assertionFields,
  },
  required: ['token'],
};

const userinfoAnswers: Json = {
  200: json('The claims that the scopes of the token open.', ref('UserInfo')),
  401: refused('The token is missing, unknown, expired or revoked; see `WWW-Authenticate` (RFC 6750).'),
  403: refused('The token has no scope `openid`, or belongs to no person.'),
};

/** The OAuth 2 and OpenID Connect endpoints of the API description: path -> method -> operation. */
export const oauthPaths: Readonly<Record<string, Readonly<Record<string, Json>>>> = {
  '/oauth2/authorize': {
    get: {
      summary: 'Sign a person in and hand a code to the app (OIDC Core section 3.1.2)',
      parameters: authorizeParameters.map((parameter) => query(...parameter)),
      responses: authorizeAnswers,
      security: [],
    },
    post: {
      summary: 'The same, with the parameters in a form',
      requestBody: form(authorizeForm),
      responses: authorizeAnswers,
      security: [],
    },
  },
  '/oauth2/token': {
    post: {
      summary: 'Get tokens (RFC 6749 section 3.2)',
      requestBody: form(ref('TokenForm')),
      responses: {
        200: json('Tokens.', ref('TokenResponse')),
        400: refused('The grant or the request is refused.'),
        401: refused('The client is not known or did not prove itself.'),
        ...busy,
      },
      security: clientAuthentication,
    },
  },
  '/oauth2/userinfo': {
    get: {
      summary: 'Who the token is about (OIDC Core section 5.3)',
      responses: userinfoAnswers,
      security: [{ accessToken: [] }],
    },
    post: {
      summary: 'The same; the token may stand in the form',
      requestBody: {
        ...form({ type: 'object', properties: { access_token: { type: 'string' } } }),
        required: false,
      },
      responses: { 400: refused('The body is no form.'), ...userinfoAnswers },
      security: [{ accessToken: [] }, {}],
    },
  },
  '/oauth2/introspect': {
    post: {
      summary: 'Whether a token of the own project is alive (RFC 7662)',
      requestBody: form(tokenToAsk),
      responses: {
        200: json(
          'Unknown, expired, revoked and foreign tokens are all just not active.',
          ref('Introspection'),
        ),
        400: refused('No token was sent.'),
        401: refused('The client did not prove itself.'),
        ...busy,
      },
      security: clientAuthentication,
    },
  },
  '/oauth2/revoke': {
    post: {
      summary: 'End what a token stands for: its login with all of its tokens (RFC 7009)',
      requestBody: form(tokenToAsk),
      responses: {
        200: json('Done, also when the token was not known.', { type: 'object' }),
        400: refused('No token was sent, or it belongs to another client.'),
        401: refused('The client is not known or did not prove itself.'),
        ...busy,
      },
      security: clientAuthentication,
    },
  },
  '/oauth2/logout': {
    get: {
      summary: 'Sign out: a token, or a person who is sent here by an app (OIDC RP-Initiated Logout)',
      parameters: logoutParameters.map((parameter) => query(...parameter)),
      responses: logoutAnswers,
      security: [{ accessToken: [] }, {}],
    },
    post: {
      summary: 'The same, with the parameters in a form; with a Bearer token any body will do',
      requestBody: {
        ...form({
          type: 'object',
          properties: Object.fromEntries(
            logoutParameters.map(([name, description]) => [name, { type: 'string', description }]),
          ),
        }),
        required: false,
      },
      responses: logoutAnswers,
      security: [{ accessToken: [] }, {}],
    },
  },
};
