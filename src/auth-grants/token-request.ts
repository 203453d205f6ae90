import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { AuditService } from '../audit/audit.service.js';
import type { Actor } from '../kernel/actor.js';
import { Config } from '../kernel/config.js';
import { isHere } from './authorize/audience.step.js';
import { ClientAuthenticationService } from './client-auth/client-authentication.service.js';
import { needsAuthentication } from './grants/client-rules.js';
import type { Grant, GrantRequest } from './grants/grant.types.js';
import { GrantRegistry } from './grants/grant-registry.js';
import { OAuthError } from './oauth.errors.js';
import { readForm } from './parameters.js';

/** Reads a token request: form, grant, client and whether that client may use that grant. Once, before any grant runs. */
@Injectable()
export class TokenRequests {
  constructor(
    private readonly registry: GrantRegistry,
    private readonly clientAuthentication: ClientAuthenticationService,
    private readonly audit: AuditService,
    private readonly config: Config,
  ) {}

  /** @throws OAuthError */
  async read(request: FastifyRequest, actor: Actor): Promise<{ grant: Grant; grantRequest: GrantRequest }> {
    const { authorization, 'content-type': contentType } = request.headers;
    const parameters = readForm(contentType, request.body);
    const grantType = parameters.get('grant_type');
    if (grantType === undefined) throw new OAuthError('invalid_request', 'Missing grant_type');
    const grant = this.registry.find(grantType);
    if (!grant) throw new OAuthError('unsupported_grant_type', 'This grant_type is not supported');
    const resource = parameters.get('resource');
    if (resource !== undefined && !isHere(resource, this.config)) {
      throw new OAuthError('invalid_target', 'Unknown resource');
    }
    const found = await this.clientAuthentication.authenticate({ authorization, parameters }, actor, () =>
      this.impliedClient(grant, parameters),
    );
    if (!found) throw new OAuthError('invalid_client', 'Missing client_id');
    const { client, authenticated } = found;
    const grantRequest = { ...found, actor: { ...actor, clientId: client.id }, parameters };
    if (!client.grantTypes.includes(grant.grantType)) {
      const error = new OAuthError('unauthorized_client', 'This client may not use this grant_type');
      return this.refuse(grant, grantRequest, error);
    }
    if (!authenticated && (!grant.publicClients || needsAuthentication(client, grant.grantType))) {
      const error = new OAuthError('invalid_client', 'This client must authenticate for this grant_type');
      return this.refuse(grant, grantRequest, error);
    }
    return { grant, grantRequest };
  }

  /** Records that a grant was refused, and refuses it. */
  async refuse(grant: Grant, { actor, client }: GrantRequest, error: OAuthError): Promise<never> {
    await this.audit.refuse({
      type: 'token.issued',
      actor,
      projectId: client.projectId,
      clientId: client.id,
      detail: { grant: grant.grantType, error: error.code },
    });
    throw error;
  }

  private async impliedClient(grant: Grant, parameters: GrantRequest['parameters']) {
    return grant.impliedClient?.(parameters);
  }
}
