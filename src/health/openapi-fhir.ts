import { type Json, ref } from './openapi-schemas.js';

const body = (description: string, schema: Json): Json => ({
  description,
  content: { 'application/fhir+json': { schema } },
});
const failed = (description: string): Json => body(description, ref('OperationOutcome'));
const inPath = (name: string, description: string): Json => ({
  name,
  in: 'path',
  required: true,
  description,
  schema: { type: 'string' },
});

/** The FHIR door of the API description: path -> method -> operation. */
export const fhirPaths: Readonly<Record<string, Readonly<Record<string, Json>>>> = {
  '/fhir/R4/{type}/{id}': {
    get: {
      summary: 'Read a resource, as the policy of the membership lets it be seen (FHIR R4)',
      parameters: [inPath('type', 'Patient, Practitioner or RelatedPerson'), inPath('id', 'The id')],
      responses: {
        200: body('The resource.', { type: 'object' }),
        401: failed('No live access token.'),
        403: failed('The policy opens nothing of this type.'),
        404: failed('There is no such resource, or the policy does not open it.'),
      },
      security: [{ accessToken: [] }],
    },
  },
};
