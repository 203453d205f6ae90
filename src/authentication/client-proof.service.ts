import { Injectable } from '@nestjs/common';
import { AuditService } from '../audit/audit.service.js';
import type { ClientAuthMethodName } from '../clients/client-application.entity.js';
import { ClientKeysService } from '../clients/client-keys.service.js';
import { type Client, ClientsService } from '../clients/clients.service.js';
import type { Actor } from '../kernel/actor.js';
import { Budgets } from '../kernel/budgets.js';
import { parseId } from '../kernel/ids.js';
import { addressKey } from '../kernel/rate-limit.js';
import type { Secret } from '../kernel/secrets.js';

/** What came of a client's credential. A wrong one may be one too many: then with the seconds to wait. */
export type ClientProof =
  | { readonly kind: 'proved'; readonly client: Client }
  | { readonly kind: 'wrong'; readonly retryAfter?: number };

/** A credential with the ways in which it was presented: the header, the form, or both (F9). */
export interface PresentedCredential {
  readonly clientId: string;
  readonly methods: readonly ClientAuthMethodName[];
  readonly proof: { readonly secrets: readonly Secret[] } | { readonly assertion: string };
}

const failuresAllowed = 20;
const failureWindowMs = 60_000;

/** Judges what clients present to prove themselves, the same at every door: wrong ones are recorded and counted. */
@Injectable()
export class ClientProofService {
  constructor(
    private readonly clients: ClientsService,
    private readonly keys: ClientKeysService,
    private readonly budgets: Budgets,
    private readonly audit: AuditService,
  ) {}

  /** Whether the credential is a living one of an active client that may use it. Not inside a transaction. */
  async prove(presented: PresentedCredential, actor: Actor): Promise<ClientProof> {
    const id = parseId<'ClientApplication'>(presented.clientId);
    const found = id && (await this.clients.find(id));
    const client = found?.active ? found : undefined;
    if (client && mayUse(client, presented) && (await this.isRight(client, presented)))
      return { kind: 'proved', client };
    return this.refuse(actor, client, presented.methods.join(' '));
  }

  private async isRight(client: Client, { proof }: PresentedCredential): Promise<boolean> {
    if ('secrets' in proof) return this.clients.verifySecret(client, proof.secrets);
    return this.keys.hasSigned(client, proof.assertion);
  }

  /**
   * Counts and records a wrong credential. A secret has 256 bits and a signature more, so guessing is hopeless; the budget
   * keeps one address from filling the record, and is taken only where a check failed (docs/decisions/060).
   */
  async refuse(
    actor: Actor,
    client: Client | undefined,
    method: string,
  ): Promise<Extract<ClientProof, { kind: 'wrong' }>> {
    await this.audit.refuse({
      type: 'client.authenticated',
      actor,
      projectId: client?.projectId ?? null,
      ...(client && { clientId: client.id }),
      detail: { method },
    });
    const key = `client-secret ${client?.id ?? 'unknown'} ${addressKey(actor.request.ip)}`;
    const budget = await this.budgets.take(key, { limit: failuresAllowed, windowMs: failureWindowMs });
    return budget.allowed ? { kind: 'wrong' } : { kind: 'wrong', retryAfter: failureWindowMs / 1000 };
  }
}

function mayUse({ tokenEndpointAuthMethod: only }: Client, { methods }: PresentedCredential): boolean {
  return only === null || methods.includes(only);
}
