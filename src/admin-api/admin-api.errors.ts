import { defineError } from '../kernel/errors.js';

export const badCursor = defineError(
  'bad-cursor',
  'invalid',
  'This cursor does not belong to this list. Start again from its first page.',
);
export const badGraphqlRequest = defineError(
  'bad-graphql-request',
  'invalid',
  'Send a JSON object with "query", and "variables" and "operationName" where they are needed.',
);
export const queryTooComplex = defineError(
  'query-too-complex',
  'invalid',
  'The query asks for too much at once. Ask for fewer fields or smaller pages.',
);
export const introspectionForAdmins = defineError(
  'introspection-for-admins',
  'forbidden',
  'Only admins may ask for the schema. Read schema.graphql instead.',
);
export const limitOfServer = defineError(
  'limit-of-server',
  'forbidden',
  'What a whole project may use up is set by the admins of the server.',
);
export const scopeTwice = defineError(
  'scope-and-project',
  'invalid',
  'What belongs to the server has no project. Leave "projectId" out, or ask for the scope PROJECT.',
);
