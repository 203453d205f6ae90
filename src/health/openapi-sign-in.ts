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
const refusals = {
  400: outcome('The input is wrong, or what it asks for is refused.'),
  415: outcome('The body is no JSON.'),
  429: outcome('Too many: `RateLimit` says when to try again.'),
};

const anyCaller: readonly Json[] = [{ accessToken: [] }, { clientBasic: [] }];

/** The JSON login API of the API description: path -> method -> operation. */
export const signInPaths: Readonly<Record<string, Readonly<Record<string, Json>>>> = {
  '/auth/method': {
    post: {
      summary: 'How the people of a mail domain sign in',
      requestBody: body({ email: text('The address; only its domain counts.') }, ['email']),
      responses: {
        200: {
          description: 'Empty: with a password.',
          content: { 'application/json': { schema: { type: 'object' } } },
        },
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
};
