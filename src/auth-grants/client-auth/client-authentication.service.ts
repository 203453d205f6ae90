import { Injectable } from '@nestjs/common';
import { AuditService } from '../../audit/audit.service.js';
import { type Client, ClientsService } from '../../clients/clients.service.js';
import type { Actor } from '../../kernel/actor.js';
import { Budgets } from '../../kernel/budgets.js';
import { type ClientId, parseId } from '../../kernel/ids.js';
import { OAuthError } from '../oauth.errors.js';
import { basic, basicChallenge } from './basic.js';
import type { ClientAuthRequest, PresentedClient } from './client-auth.types.js';
import { none } from './none.js';
import { post } from './post.js';

/** The client of a request, and whether it proved itself or only named itself. */
export interface RequestClient {
  readonly client: Client;
  readonly authenticated: boolean;
}

const failuresAllowed = 20;
const failureWindowMs = 60_000;

/** Authenticates the client of a request at the token, introspection and revocation endpoints. */
@Injectable()
export class ClientAuthenticationService {
  constructor(
    private readonly clients: ClientsService,
    private readonly budgets: Budgets,
    private readonly audit: AuditService,
  ) {}

  /**
   * The client of a request; `undefined` when it names none. A wrong credential is refused even where none was
   * needed. Header and form may both be there when they say the same (rulings 6).
   * @param implied the client that a code or refresh token belongs to, for requests that name none.
   * @throws OAuthError `invalid_client`, `invalid_request`
   */
  async authenticate(
    request: ClientAuthRequest,
    actor: Actor,
    implied?: () => Promise<ClientId | undefined>,
  ): Promise<RequestClient | undefined> {
    const header = basic.read(request);
    const form = post.read(request);
    if (header && form && !saysTheSame(header, form)) {
      throw new OAuthError('invalid_request', 'Header and body name different client credentials');
    }
    const named = none.read(request);
    if (header && named && header.clientId !== named.clientId) {
      throw new OAuthError('invalid_request', 'Header and body name different clients');
    }
    const presented = header ?? form ?? named;
    const clientId = presented ? parseId<'ClientApplication'>(presented.clientId) : await implied?.();
    if (!presented && !clientId) return undefined;
    const client = clientId && (await this.clients.find(clientId));
    if (!presented || presented.secrets.length === 0) {
      if (!client?.active) throw this.refusal(false);
      return { client, authenticated: false };
    }
    if (client?.active && this.clients.verifySecret(client, presented.secrets))
      return { client, authenticated: true };
    await this.failed(actor, client?.active ? client : undefined, header !== undefined);
    throw this.refusal(header !== undefined);
  }

  /**
   * Counts and records a wrong credential. The secret has 256 bits, so guessing it is hopeless; the budget keeps one
   * address from filling the record, and is taken only where a check failed (docs/decisions/060).
   */
  private async failed(actor: Actor, client: Client | undefined, usedHeader: boolean): Promise<void> {
    await this.audit.refuse({
      type: 'client.authenticated',
      actor,
      projectId: client?.projectId ?? null,
      ...(client && { clientId: client.id }),
    });
    const key = `client-secret ${client?.id ?? 'unknown'} ${actor.request.ip}`;
    const budget = await this.budgets.take(key, { limit: failuresAllowed, windowMs: failureWindowMs });
    if (budget.allowed) return;
    throw new OAuthError('invalid_client', 'Too many wrong client credentials. Wait a minute', {
      status: 429,
      retryAfter: 60,
      ...(usedHeader && { challenge: basicChallenge }),
    });
  }

  private refusal(usedHeader: boolean): OAuthError {
    return new OAuthError(
      'invalid_client',
      'Invalid client',
      usedHeader ? { challenge: basicChallenge } : {},
    );
  }
}

function saysTheSame(header: PresentedClient, form: PresentedClient): boolean {
  return header.clientId === form.clientId && header.secrets.some((secret) => form.secrets.includes(secret));
}
