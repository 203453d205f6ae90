import { Controller, Get, Req, Res, UseFilters } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Access } from '../../authentication/access.decorator.js';
import { OnBehalfOf } from '../../authentication/on-behalf-of.decorator.js';
import { Config } from '../../kernel/config.js';
import { CachedDocument } from '../cached-document.js';
import { OAuthError } from '../oauth.errors.js';
import { OAuthErrorFilter } from '../oauth-error.filter.js';
import { supportedScopes } from '../scopes.js';

const maxAge = 3600;
const root = '/.well-known/oauth-protected-resource';

const invalidResource = () => new OAuthError('invalid_request', 'Invalid resource URL');

/**
 * `/.well-known/oauth-protected-resource` (RFC 9728): who issues the tokens that the API below this address takes. A
 * resource below the base URL is named by the path behind the well-known part (section 3.1) or, as the wire has it
 * (wire-spec section 2.3), by one `resource` parameter, and echoed exactly (section 3.3).
 */
@OnBehalfOf('ignored')
@Controller('.well-known')
@UseFilters(OAuthErrorFilter)
export class ProtectedResourceEndpoint {
  constructor(private readonly config: Config) {}

  @Get('oauth-protected-resource')
  @Access('public')
  server(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    const { resource = this.config.baseUrl } = request.query as Record<string, unknown>;
    this.send(resource, request, reply);
  }

  @Get('oauth-protected-resource/*')
  @Access('public')
  below(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    const [path = ''] = request.url.split('?');
    this.send(this.config.url(path.slice(root.length + 1)), request, reply);
  }

  private send(resource: unknown, request: FastifyRequest, reply: FastifyReply): void {
    if (!this.isOurs(resource)) throw invalidResource();
    new CachedDocument(
      {
        resource,
        issuer: this.config.baseUrl,
        authorization_servers: [this.config.baseUrl],
        jwks_uri: this.config.url('.well-known/jwks.json'),
        scopes_supported: supportedScopes,
        bearer_methods_supported: ['header'],
        introspection_endpoint: this.config.url('oauth2/introspect'),
        resource_name: 'Carekey',
      },
      maxAge,
    ).send(request, reply);
  }

  /** A canonical address below the base URL, without a fragment. */
  private isOurs(resource: unknown): resource is string {
    if (typeof resource !== 'string' || resource.length > 2048 || !URL.canParse(resource)) return false;
    const { href, hash } = new URL(resource);
    return href === resource && hash === '' && resource.startsWith(this.config.baseUrl);
  }
}
