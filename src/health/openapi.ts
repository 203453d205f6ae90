import { adminPaths } from './openapi-admin.js';
import { fhirPaths } from './openapi-fhir.js';
import { oauthPaths } from './openapi-oauth.js';
import { otherPaths } from './openapi-other.js';
import { type Json, schemas } from './openapi-schemas.js';
import { signInPaths } from './openapi-sign-in.js';

/**
 * The description of the REST API (OpenAPI 3.1). It is kept by hand, so that it can say what a type cannot; a test
 * compares it with the routes that the running server really has (docs/decisions/051).
 * @param baseUrl the issuer, with its trailing slash.
 * @param version of the server.
 */
export function openApiDocument(baseUrl: string, version: string): Json {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Carekey',
      version,
      description: 'Identity and access server for healthcare. Every path answers below /api too.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: baseUrl.replace(/\/$/, '') }],
    paths: { ...oauthPaths, ...signInPaths, ...adminPaths, ...fhirPaths, ...otherPaths },
    components: {
      schemas,
      securitySchemes: {
        accessToken: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
        clientBasic: {
          type: 'http',
          scheme: 'basic',
          description: 'Client id and secret (client_secret_basic); at every door the client acts as itself.',
        },
        metricsToken: { type: 'http', scheme: 'bearer', description: 'CAREKEY_METRICS_TOKEN' },
      },
    },
  };
}
