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
const type = inPath('type', 'One of those that `metadata` lists, like Patient');
const id = inPath('id', 'The id');
const ifMatch = inHeader('If-Match', 'The version that the write may go over, as in `ETag`');
const prefer = inHeader('Prefer', '`return=minimal`, `return=representation` or `return=OperationOutcome`');
const form = inHeader('X-Medplum', '`extended` shows project, author and accounts in `meta`');
const member = inHeader(
  'X-Medplum-On-Behalf-Of',
  'For whom the caller acts: `ProjectMembership/{id}` or a profile like `Practitioner/{id}`',
);
const security = [{ accessToken: [] }, { clientBasic: [] }];
const refusals = {
  401: failed('No live access token.'),
  403: failed('The policy does not open this, or the caller may not act for whom it names.'),
  404: failed('There is no such resource, or the policy does not show it.'),
  429: failed('Too many calls: `Retry-After` and `RateLimit` say when to try again.'),
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

const searched: Json = {
  200: resource('A searchset. Other parameters are those of the type, as `metadata` lists them.'),
  400: failed('A parameter is not supported, or its value makes no sense.'),
  401: failed('No live access token.'),
  403: failed('The policy opens no search of this type, or hides what the search asks about.'),
  404: failed('No resources of this type are kept here.'),
  503: failed('Searches are being prepared; try again.'),
};

/** The FHIR door of the API description: path -> method -> operation. */
export const fhirPaths: Readonly<Record<string, Readonly<Record<string, Json>>>> = {
  '/fhir/R4/metadata': {
    get: {
      summary: 'What this server does with FHIR (R4 CapabilityStatement)',
      responses: { 200: resource('The statement.') },
      security: [],
    },
  },
  '/fhir/R4/{type}/_search': {
    post: {
      summary: 'The same search with the parameters in a form',
      parameters: [type, form, member],
      requestBody: sent('application/x-www-form-urlencoded', {
        type: 'object',
        additionalProperties: { type: 'string' },
      }),
      responses: searched,
      security,
    },
  },
  '/fhir/R4/{type}': {
    get: {
      summary: 'Search resources of a type, as far as the policy of the membership opens them (FHIR R4)',
      parameters: [
        type,
        inQuery('_count', 'How many resources on a page: 0 to 1000, 20 when left out; 0 only counts'),
        inQuery('_sort', '`_id` or `_lastUpdated`, with `-` before it the other way round'),
        inQuery('_total', '`accurate` counts all that are found'),
        inQuery('_cursor', 'Comes in the links `next` and `previous`'),
        inQuery('_offset', 'How many to leave out at the beginning, up to 10000'),
        inQuery('_elements', 'Names of the elements that are wanted'),
        form,
        member,
      ],
      responses: searched,
      security,
    },
    post: {
      summary: 'Make a resource; the server gives it its id (FHIR R4)',
      parameters: [
        type,
        inHeader('If-None-Exist', 'A search, as in the query of an address: only if it finds nothing'),
        prefer,
        form,
        member,
      ],
      requestBody: sent('application/fhir+json', { type: 'object' }),
      responses: {
        200: resource('There is one already, which `If-None-Exist` found.'),
        201: resource('The resource; `Location` and `ETag` name its version.'),
        ...writeRefusals,
        412: failed('`If-None-Exist` finds more than one.'),
      },
      security,
    },
  },
  '/fhir/R4/{type}/{id}': {
    get: {
      summary: 'Read a resource, as the policy of the membership lets it be seen (FHIR R4)',
      parameters: [type, id, form, member],
      responses: { 200: resource('The resource.'), ...refusals, 410: failed('The resource was deleted.') },
      security,
    },
    put: {
      summary: 'Write a resource over what it was (FHIR R4)',
      parameters: [type, id, ifMatch, prefer, form, member],
      requestBody: sent('application/fhir+json', { type: 'object' }),
      responses: { 200: resource('The resource; its new version, if anything changed.'), ...changeRefusals },
      security,
    },
    patch: {
      summary: 'Change parts of a resource (JSON Patch, RFC 6902)',
      parameters: [type, id, ifMatch, prefer, form, member],
      requestBody: sent('application/json-patch+json', { type: 'array', items: { type: 'object' } }),
      responses: { 200: resource('The resource; its new version, if anything changed.'), ...changeRefusals },
      security,
    },
    delete: {
      summary: 'Delete a resource; its versions stay (FHIR R4)',
      parameters: [type, id, ifMatch, member],
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
        member,
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
      parameters: [type, id, inPath('version', '`meta.versionId`'), form, member],
      responses: {
        200: resource('The resource.'),
        ...refusals,
        410: failed('This version is its deletion.'),
      },
      security,
    },
  },
};
