import { type Json, ref } from './openapi-schemas.js';

const outcome = (description: string): Json => ({
  description,
  content: { 'application/fhir+json': { schema: ref('OperationOutcome') } },
});
const text = (description: string): Json => ({ type: 'string', description });
const flag = (description: string): Json => ({ type: 'boolean', description });

const invitation: Json = {
  type: 'object',
  properties: {
    resourceType: { type: 'string', enum: ['Patient', 'Practitioner', 'RelatedPerson'] },
    firstName: text('The given name.'),
    lastName: text('The family name.'),
    email: text('May be left out for a user of the project with an external id.'),
    externalId: text('By which the project knows the person; unique in it.'),
    scope: {
      type: 'string',
      enum: ['project', 'server'],
      description: 'A user of the project only, or an account for many projects.',
    },
    password: text('For a user of the project only.'),
    sendEmail: flag(
      'false: no mail; a user of the project made by this call comes with a link in `contained`.',
    ),
    membership: {
      type: 'object',
      description: 'What the membership is to say: a part of a ProjectMembership.',
    },
    upsert: flag('Change the membership that there is.'),
    forceNewMembership: flag('Make a further membership.'),
    patient: { type: 'object', description: 'A reference to the patient of a related person.' },
  },
  required: ['resourceType', 'firstName', 'lastName'],
};

/** The REST admin routes of the API description: path -> method -> operation. */
export const adminPaths: Readonly<Record<string, Readonly<Record<string, Json>>>> = {
  '/admin/projects/{projectId}/invite': {
    post: {
      summary: 'Invite a person into a project',
      parameters: [{ name: 'projectId', in: 'path', required: true, schema: { type: 'string' } }],
      requestBody: { required: true, content: { 'application/json': { schema: invitation } } },
      responses: {
        200: {
          description: 'The ProjectMembership.',
          content: { 'application/fhir+json': { schema: { type: 'object' } } },
        },
        400: outcome('The input is wrong.'),
        401: outcome('No valid token or secret.'),
        403: outcome('Not an admin, or more access than the own.'),
        404: outcome('There is no such project, or it is not yours.'),
        409: outcome('The person is a member already, or the external id is taken.'),
        412: outcome('Several profiles have the address.'),
      },
      security: [{ accessToken: [] }, { clientBasic: [] }],
    },
  },
};
