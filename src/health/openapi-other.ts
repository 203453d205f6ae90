import { type Json, ref } from './openapi-schemas.js';

const answer = (description: string, schema: Json, type = 'application/json'): Json => ({
  description,
  content: { [type]: { schema } },
});
const open = (summary: string, responses: Json): Json => ({ summary, responses, security: [] });
const document = (summary: string): Readonly<Record<string, Json>> => ({
  get: open(summary, {
    200: answer('The document.', ref('Document')),
    304: { description: 'Not changed since `If-None-Match`.' },
  }),
});

const protectedResource = (whose: string): Readonly<Record<string, Json>> => ({
  get: open(`Who issues the tokens that the API takes (RFC 9728): the metadata ${whose}`, {
    200: answer('The document.', ref('Document')),
    304: { description: 'Not changed since `If-None-Match`.' },
    400: answer('That is no one address of this server.', ref('OAuthError')),
  }),
});

/** Metadata, probes and the admin API of the API description: path -> method -> operation. */
export const otherPaths: Readonly<Record<string, Readonly<Record<string, Json>>>> = {
  '/.well-known/openid-configuration': document('What this server can do (OIDC Discovery section 4)'),
  '/.well-known/oauth-authorization-server': document('The same document (RFC 8414)'),
  '/.well-known/oauth-protected-resource': protectedResource('of `resource`, or of the base URL'),
  '/.well-known/oauth-protected-resource/*': protectedResource('of the path behind it'),
  '/.well-known/smart-configuration': document('What apps of SMART App Launch 2.2 need to know'),
  '/.well-known/smart-styles.json': document('How pages of this server look (SMART App Launch 2.2)'),
  '/fhir/R4/.well-known/smart-configuration': document('The same as at the root, below the FHIR address'),
  '/fhir/R4/.well-known/smart-styles.json': document('The same as at the root, below the FHIR address'),
  '/.well-known/jwks.json': document('The public keys that signatures are verified with (RFC 7517)'),
  '/graphql': {
    post: {
      summary: 'The admin API (GraphQL; schema.graphql)',
      requestBody: {
        required: true,
        content: {
          'application/json': {
            schema: {
              type: 'object',
              properties: {
                query: { type: 'string' },
                variables: { type: 'object' },
                operationName: { type: 'string' },
              },
              required: ['query'],
            },
          },
        },
      },
      responses: {
        200: answer('`data`, or `errors` with `extensions.code`.', { type: 'object' }),
        400: answer('No valid GraphQL.', { type: 'object' }),
      },
      security: [{ accessToken: [] }, { clientBasic: [] }],
    },
  },
  '/healthcheck': {
    get: open('Version, and whether all is well', {
      200: answer('It is.', ref('Health')),
      503: answer('A check failed that must not.', ref('Health')),
    }),
  },
  '/version': { get: open('Which version this is', { 200: answer('This one.', { type: 'object' }) }) },
  '/livez': { get: open('Whether the process is alive', { 200: answer('It is.', ref('Health')) }) },
  '/readyz': {
    get: open('Whether the process may be sent requests', {
      200: answer('It may.', ref('Readiness')),
      503: answer('It may not: a check failed.', ref('Readiness')),
    }),
  },
  '/metrics': {
    get: {
      summary: 'Figures for Prometheus; from this machine, or with the metrics token',
      responses: {
        200: answer('The text format of Prometheus.', { type: 'string' }, 'text/plain'),
        404: answer('Not from this machine, and no valid token.', ref('Problem'), 'application/problem+json'),
      },
      security: [{}, { metricsToken: [] }],
    },
  },
  '/openapi.json': {
    get: open('This document', { 200: answer('OpenAPI 3.1.', ref('Document')) }),
  },
  '/robots.txt': {
    get: open('Keeps search engines out', { 200: answer('Disallow all.', { type: 'string' }, 'text/plain') }),
  },
};
