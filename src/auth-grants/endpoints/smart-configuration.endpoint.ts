import { Controller, Get, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Access } from '../../authentication/access.decorator.js';
import { OnBehalfOf } from '../../authentication/on-behalf-of.decorator.js';
import { clientSigningAlgs } from '../../clients/jwk-set.js';
import { Config } from '../../kernel/config.js';
import { smartCapabilities, smartStyles } from '../../smart/capabilities.js';
import { CachedDocument } from '../cached-document.js';
import { clientAuthMethods } from '../client-auth/index.js';
import { grantTypes } from '../grants/index.js';
import { supportedScopes } from '../scopes.js';

const maxAge = 3600;

/**
 * What an app that knows the FHIR address needs (SMART App Launch 2.2, "Conformance"), at that address and, as the wire has it
 * (wire-spec section 2.3), at the root. JSON whatever is accepted, and readable from any origin. It lists what works.
 */
@OnBehalfOf('ignored')
@Controller(['.well-known', 'fhir/R4/.well-known'])
export class SmartConfigurationEndpoint {
  private readonly configuration: CachedDocument;
  private readonly style = new CachedDocument(smartStyles, maxAge);

  constructor(config: Config) {
    this.configuration = new CachedDocument(metadata(config), maxAge);
  }

  @Get('smart-configuration')
  @Access('public')
  discovery(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    this.configuration.send(request, reply);
  }

  @Get('smart-styles.json')
  @Access('public')
  styles(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    this.style.send(request, reply);
  }
}

function metadata(config: Config): object {
  return {
    issuer: config.baseUrl,
    jwks_uri: config.url('.well-known/jwks.json'),
    authorization_endpoint: config.url('oauth2/authorize'),
    token_endpoint: config.url('oauth2/token'),
    introspection_endpoint: config.url('oauth2/introspect'),
    revocation_endpoint: config.url('oauth2/revoke'),
    management_endpoint: config.url('me'),
    grant_types_supported: grantTypes,
    token_endpoint_auth_methods_supported: clientAuthMethods
      .map(({ name }) => name)
      .filter((name) => name !== 'none'),
    token_endpoint_auth_signing_alg_values_supported: clientSigningAlgs,
    scopes_supported: supportedScopes,
    response_types_supported: ['code'],
    code_challenge_methods_supported: ['S256'],
    capabilities: smartCapabilities,
  };
}
