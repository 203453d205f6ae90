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
};
