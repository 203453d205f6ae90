import { Controller, Get, Inject, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Access } from '../../authentication/access.decorator.js';
import { OnBehalfOf } from '../../authentication/on-behalf-of.decorator.js';
import { clientSigningAlgs } from '../../clients/jwk-set.js';
import { Config } from '../../kernel/config.js';
import { acrValues } from '../../logins/acr.js';
import { promptValues } from '../authorize/prompt.step.js';
import { CachedDocument } from '../cached-document.js';
import { clientAuthMethods } from '../client-auth/index.js';
import { grantTypes } from '../grants/index.js';
import { PAGE_RENDERER, type PageRenderer } from '../page-renderer.js';
import { supportedScopes } from '../scopes.js';
import { askableClaims } from '../user-claims.js';

const maxAgeSeconds = 3600;

/**
 * Server metadata: `/.well-known/openid-configuration` (OIDC Discovery section 4) and
 * `/.well-known/oauth-authorization-server` (RFC 8414), the same document. It lists what works and nothing else.
 */
@OnBehalfOf('ignored')
@Controller('.well-known')
export class DiscoveryEndpoint {
  private readonly document: CachedDocument;

  constructor(config: Config, @Inject(PAGE_RENDERER) pages: PageRenderer) {
    this.document = new CachedDocument(metadata(config, pages.languages), maxAgeSeconds);
  }

  @Get(['openid-configuration', 'oauth-authorization-server'])
  @Access('public')
  discovery(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    this.document.send(request, reply);
  }
}

function metadata(config: Config, uiLocales: readonly string[]): object {
  const all = clientAuthMethods.map((method) => method.name);
  return {
    issuer: config.baseUrl,
    authorization_endpoint: config.url('oauth2/authorize'),
    token_endpoint: config.url('oauth2/token'),
    userinfo_endpoint: config.url('oauth2/userinfo'),
    introspection_endpoint: config.url('oauth2/introspect'),
    revocation_endpoint: config.url('oauth2/revoke'),
    end_session_endpoint: config.url('oauth2/logout'),
    jwks_uri: config.url('.well-known/jwks.json'),
    scopes_supported: supportedScopes,
    response_types_supported: ['code'],
    response_modes_supported: ['query'],
    grant_types_supported: grantTypes,
    subject_types_supported: ['public'],
    acr_values_supported: acrValues,
    id_token_signing_alg_values_supported: ['RS256', 'ES256'],
    token_endpoint_auth_methods_supported: all,
    token_endpoint_auth_signing_alg_values_supported: clientSigningAlgs,
    introspection_endpoint_auth_methods_supported: all.filter((name) => name !== 'none'),
    introspection_endpoint_auth_signing_alg_values_supported: clientSigningAlgs,
    revocation_endpoint_auth_methods_supported: all,
    revocation_endpoint_auth_signing_alg_values_supported: clientSigningAlgs,
    code_challenge_methods_supported: ['S256'],
    claims_supported: [
      'iss',
      'sub',
      'aud',
      'exp',
      'iat',
      'auth_time',
      'nonce',
      'acr',
      'amr',
      'sid',
      'at_hash',
      ...askableClaims,
    ],
    authorization_response_iss_parameter_supported: true,
    backchannel_logout_supported: true,
    backchannel_logout_session_supported: true,
    ui_locales_supported: uiLocales,
    prompt_values_supported: promptValues,
    claims_parameter_supported: true,
    request_parameter_supported: false,
    request_uri_parameter_supported: false,
  };
}
