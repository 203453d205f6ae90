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

const inQuery = (name: string, description: string): Json => ({
  name,
  in: 'query',
  required: false,
  description,
  schema: { type: 'string' },
});
const inHeader = (name: string, description: string): Json => ({
  name,
  in: 'header',
  required: false,
  description,
  schema: { type: 'string' },
});
const resource = (description: string): Json => body(description, { type: 'object' });
const type = inPath('type', 'Patient, Practitioner or RelatedPerson');
const id = inPath('id', 'The id');
const ifMatch = inHeader('If-Match', 'The version that the write may go over, as in `ETag`');
const prefer = inHeader('Prefer', '`return=minimal`, `return=representation` or `return=OperationOutcome`');
const form = inHeader('X-Medplum', '`extended` shows project, author and accounts in `meta`');
const security = [{ accessToken: [] }, { clientBasic: [] }];
const refusals = {
  401: failed('No live access token.'),
  403: failed('The policy does not open this.'),
  404: failed('There is no such resource, or the policy does not show it.'),
};
const writeRefusals = {
  ...refusals,
  400: failed('The resource or the patch is not valid; each issue names what is wrong.'),
  413: failed('The body is too large.'),
  415: failed('The body is of another type.'),
};
const changeRefusals = {
  ...writeRefusals,
  410: failed('The resource was deleted.'),
  412: failed('The version in `If-Match` is not the current one.'),
};
const sent = (contentType: string, schema: Json): Json => ({
  required: true,
  content: { [contentType]: { schema } },
});

/** The FHIR door of the API description: path -> method -> operation. */
export const fhirPaths: Readonly<Record<string, Readonly<Record<string, Json>>>> = {
  '/fhir/R4/{type}': {
    post: {
      summary: 'Make a resource; the server gives it its id (FHIR R4)',
      parameters: [type, prefer, form],
      requestBody: sent('application/fhir+json', { type: 'object' }),
      responses: { 201: resource('The resource; `Location` and `ETag` name its version.'), ...writeRefusals },
      security,
    },
  },
  '/fhir/R4/{type}/{id}': {
    get: {
      summary: 'Read a resource, as the policy of the membership lets it be seen (FHIR R4)',
      parameters: [type, id, form],
      responses: { 200: resource('The resource.'), ...refusals, 410: failed('The resource was deleted.') },
      security,
    },
    put: {
      summary: 'Write a resource over what it was (FHIR R4)',
      parameters: [type, id, ifMatch, prefer, form],
      requestBody: sent('application/fhir+json', { type: 'object' }),
      responses: { 200: resource('The resource; its new version, if anything changed.'), ...changeRefusals },
      security,
    },
    patch: {
      summary: 'Change parts of a resource (JSON Patch, RFC 6902)',
      parameters: [type, id, ifMatch, prefer, form],
      requestBody: sent('application/json-patch+json', { type: 'array', items: { type: 'object' } }),
      responses: { 200: resource('The resource; its new version, if anything changed.'), ...changeRefusals },
      security,
    },
    delete: {
      summary: 'Delete a resource; its versions stay (FHIR R4)',
      parameters: [type, id, ifMatch],
      responses: {
        200: failed('It is deleted, or was already.'),
        ...refusals,
        409: failed('It is the profile of a member.'),
        412: failed('The version in `If-Match` is not the current one.'),
      },
      security,
    },
  },
  '/fhir/R4/{type}/{id}/_history': {
    get: {
      summary: 'The versions of a resource, newest first (FHIR R4)',
      parameters: [
        type,
        id,
        inQuery('_count', 'How many at most, 1 to 100; 20 when left out'),
        inQuery('_offset', 'How many to leave out'),
        inQuery('_since', 'Only from this instant on'),
        form,
      ],
      responses: {
        200: resource('A Bundle of type history.'),
        400: failed('A parameter is not valid.'),
        ...refusals,
      },
      security,
    },
  },
  '/fhir/R4/{type}/{id}/_history/{version}': {
    get: {
      summary: 'A resource as it was in one version (FHIR R4)',
      parameters: [type, id, inPath('version', '`meta.versionId`'), form],
      responses: {
        200: resource('The resource.'),
        ...refusals,
        410: failed('This version is its deletion.'),
      },
      security,
    },
  },
};
