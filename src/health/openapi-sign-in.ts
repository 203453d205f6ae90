import { type Json, ref } from './openapi-schemas.js';

const body = (properties: Json, required: readonly string[]): Json => ({
  required: true,
  content: { 'application/json': { schema: { type: 'object', properties, required } } },
});
const outcome = (description: string): Json => ({
  description,
  content: { 'application/fhir+json': { schema: ref('OperationOutcome') } },
});
const text = (description: string): Json => ({ type: 'string', description });
const json = (description: string, schema: Json): Json => ({
  description,
  content: { 'application/json': { schema } },
});
const loginResult = json('Where the login stands.', ref('LoginResult'));
const refusals = {
  400: outcome('The input is wrong, or what it asks for is refused.'),
  415: outcome('The body is no JSON.'),
  429: outcome('Too many: `RateLimit` says when to try again.'),
};
const noSuchLogin = outcome('No login that can go on has this credential.');
const login = text('The `login` of the login result before.');

const linkParts: Json = {
  id: text('The first part of the link.'),
  secret: text('The second part of the link.'),
};

const anyCaller: readonly Json[] = [{ accessToken: [] }, { clientBasic: [] }];

const token = text('Six digits of the authenticator app.');
const mfaRefusals = {
  401: outcome('No valid token or secret.'),
  403: outcome('Only a person, in an app that may take the password, within ten minutes of signing in.'),
};

/** The second step of a sign-in. */
const secondFactorPaths: Readonly<Record<string, Readonly<Record<string, Json>>>> = {
  '/auth/mfa/verify': {
    post: {
      summary: 'Give a login its second factor',
      requestBody: body({ login, token: text('Six digits of the app, or a recovery code.') }, [
        'login',
        'token',
      ]),
      responses: { 200: loginResult, ...refusals, 404: noSuchLogin },
      security: [],
    },
  },
  '/auth/mfa/login-enroll': {
    post: {
      summary: 'Set up an authenticator app that a login demands',
      requestBody: body({ login, token }, ['login', 'token']),
      responses: { 200: loginResult, ...refusals, 404: noSuchLogin },
      security: [],
    },
  },
  '/auth/mfa/status': {
    get: {
      summary: 'Whether the person has a second factor, and what sets one up',
      responses: {
        200: json('`enrolled`, and `enrollUri` and `enrollQrCode` where one may be set up now.', {
          type: 'object',
        }),
        ...mfaRefusals,
      },
      security: anyCaller,
    },
  },
  '/auth/mfa/enroll': {
    post: {
      summary: 'Set up the authenticator app that status showed',
      requestBody: body({ token }, ['token']),
      responses: { 200: outcome('It is set up.'), ...mfaRefusals, ...refusals },
      security: anyCaller,
    },
  },
  '/auth/mfa/disable': {
    post: {
      summary: 'Take the authenticator app away, by a code of it',
      requestBody: body({ token }, ['token']),
      responses: { 200: outcome('It is gone.'), ...mfaRefusals, ...refusals },
      security: anyCaller,
    },
  },
};

/** The JSON login API of the API description: path -> method -> operation. */
export const signInPaths: Readonly<Record<string, Readonly<Record<string, Json>>>> = {
  '/auth/method': {
    post: {
      summary: 'How the people of a mail domain sign in',
      requestBody: body({ email: text('The address; only its domain counts.') }, ['email']),
      responses: {
        200: json('Empty: with a password.', { type: 'object' }),
        ...refusals,
      },
      security: [],
    },
  },
  '/auth/me': {
    get: {
      summary: 'Who is calling, as what, and what is open to it',
      responses: {
        200: {
          description:
            '`profile`, `config`, `accessPolicy` and, where there are any, `project`, `membership`, `user`, `security`.',
          content: { 'application/json': { schema: { type: 'object' } } },
        },
        401: outcome('No valid token or secret.'),
      },
      security: anyCaller,
    },
  },
  '/auth/revoke': {
    post: {
      summary: "End one of the caller's own sign-ins, with all of its tokens",
      requestBody: body({ loginId: text('As `security.sessions` of `/auth/me` names it.') }, ['loginId']),
      responses: {
        200: outcome('It has ended.'),
        401: outcome('No valid token or secret.'),
        403: outcome('Not on behalf of somebody else.'),
        404: outcome('There is none, or it is not yours.'),
        ...refusals,
      },
      security: anyCaller,
    },
  },
  '/auth/changepassword': {
    post: {
      summary: 'Change the own password, which ends every other sign-in of the person',
      requestBody: body({ oldPassword: text('The password so far.'), newPassword: text('The new one.') }, [
        'oldPassword',
        'newPassword',
      ]),
      responses: {
        200: outcome('It is changed.'),
        401: outcome('No valid token or secret.'),
        403: outcome('Only a person, for no one else, and not in a sign-in that a project vouched for.'),
        ...refusals,
      },
      security: anyCaller,
    },
  },
  '/auth/resetpassword': {
    post: {
      summary: 'Send a link for a new password',
      requestBody: body(
        {
          email: text('The address of the account.'),
          projectId: text('The project whose own user is meant; without it, one that belongs to no project.'),
          sendEmail: { type: 'boolean', description: 'false: nothing is sent.' },
        },
        ['email'],
      ),
      responses: {
        200: outcome('The same whether the account exists or not.'),
        ...refusals,
      },
      security: [],
    },
  },
  '/auth/setpassword': {
    post: {
      summary: 'Set a password with the link of an invitation or of a forgotten password',
      requestBody: body({ ...linkParts, password: text('The new password.') }, ['id', 'secret', 'password']),
      responses: {
        200: outcome('It is set; every sign-in from before has ended.'),
        404: outcome('There is no such link.'),
        ...refusals,
      },
      security: [],
    },
  },
  '/auth/verifyemail': {
    post: {
      summary: 'Prove an e-mail address with the link that was sent to it',
      requestBody: body(linkParts, ['id', 'secret']),
      responses: {
        200: outcome('It is proved.'),
        404: outcome('There is no such link.'),
        ...refusals,
      },
      security: [],
    },
  },
  '/auth/login': {
    post: {
      summary: 'Sign a person in with a password, on a form of the app',
      requestBody: body(
        {
          email: text('The address of the account.'),
          password: text('The password.'),
          clientId: text('The app; a client of the server stands in for none.'),
          projectId: text('Whose people are meant, for a client of the server.'),
          resourceType: text('Only memberships with this type of profile.'),
          scope: text('Separated by spaces; the default of the client when left out, else `openid`.'),
          remember: { type: 'boolean', description: 'Adds `offline_access`.' },
          nonce: text('Comes back in the id_token.'),
          codeChallenge: text('PKCE (RFC 7636).'),
          codeChallengeMethod: text('`S256`, or `plain`, which is kept as S256.'),
        },
        ['email', 'password'],
      ),
      responses: {
        200: loginResult,
        ...refusals,
        403: outcome('The app may not take this password.'),
        404: outcome('No such client.'),
        503: outcome('Busy: nothing was changed. Try again.'),
      },
      security: [],
    },
  },
  '/auth/profile': {
    post: {
      summary: 'Choose the membership of a login',
      requestBody: body({ login, profile: text('The `id` of one of its `memberships`.') }, [
        'login',
        'profile',
      ]),
      responses: { 200: loginResult, ...refusals, 404: noSuchLogin },
      security: [],
    },
  },
  '/auth/scope': {
    post: {
      summary: 'Leave a login with fewer scopes than were asked for',
      requestBody: body({ login, scope: text('What is left, separated by spaces.') }, ['login', 'scope']),
      responses: { 200: loginResult, ...refusals, 404: noSuchLogin },
      security: [],
    },
  },
  '/auth/login/{login}': {
    get: {
      summary: 'Where a login stands',
      parameters: [{ name: 'login', in: 'path', required: true, schema: { type: 'string' } }],
      responses: { 200: loginResult, 400: refusals[400], 404: noSuchLogin },
      security: [],
    },
  },
  ...secondFactorPaths,
  '/auth/clientinfo/{clientId}': {
    get: {
      summary: 'What the sign-in form of an app may show',
      parameters: [{ name: 'clientId', in: 'path', required: true, schema: { type: 'string' } }],
      responses: {
        200: json('`welcomeString` and `logo.url`, where the client has them.', { type: 'object' }),
        404: outcome('No such client.'),
      },
      security: [],
    },
  },
};
