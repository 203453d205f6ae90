import { Injectable } from '@nestjs/common';
import { AuditService } from '../audit/audit.service.js';
import type { Actor } from '../kernel/actor.js';
import { Clock } from '../kernel/clock.js';
import { conflict, notFound } from '../kernel/errors.js';
import { type ClientId, newId, type ProjectId } from '../kernel/ids.js';
import { hashSecret, newClientSecret, type Secret } from '../kernel/secrets.js';
import type { Tx } from '../kernel/tx.js';
import type { ClientApplication } from './client-application.entity.js';
import type { ClientSecret } from './client-secret.entity.js';
import { noRetiringSecret, secretExpiryPast } from './clients.errors.js';
import { ClientsStore } from './clients.store.js';

/** The cache of clients, which hold their secrets' hashes. */
export const clientCache = 'client';

/** What may be told about the secrets of a client. */
export interface SecretDates {
  /** Of the client. */
  readonly id: ClientId;
  /** When the current secret was made; `null` without one. */
  readonly createdAt: Date | null;
  /** Whether the secret before it still works. */
  readonly isRotating: boolean;
  /** When that ends by itself; `null`: only by `finish`. */
  readonly retiringExpiresAt: Date | null;
}

/** Makes and replaces client secrets: random, stored hashed, shown once (rulings 12). Two may live during a rotation. */
@Injectable()
export class ClientSecretsService {
  constructor(
    private readonly store: ClientsStore,
    private readonly audit: AuditService,
    private readonly clock: Clock,
  ) {}

  /** The first secret of a client that is just being made. Only `ClientsService.create` calls this. */
  async add(tx: Tx, clientId: ClientId): Promise<Secret> {
    const secret = newClientSecret();
    const now = this.clock.date();
    await this.store.insertSecret(tx, {
      id: newId(now.getTime()),
      clientId,
      state: 'current',
      hash: hashSecret(secret),
      createdAt: now,
      expiresAt: null,
    });
    return secret;
  }

  /**
   * Makes a new current secret and shows it this once. The one before becomes the retiring one and works on, until
   * `finish` or until `expiresAt`; a secret that was retiring already is dropped. Also gives a first secret to a client
   * that had none.
   * @throws AppError `not-found`, `secret-expiry-past`
   */
  async rotate(
    tx: Tx,
    actor: Actor,
    projectId: ProjectId | null,
    id: ClientId,
    { expiresAt = null }: { readonly expiresAt?: Date | null } = {},
  ): Promise<{ client: ClientApplication; secret: Secret }> {
    if (expiresAt && !(expiresAt.getTime() > this.clock.now()))
      throw secretExpiryPast({ field: 'expiresAt' });
    const client = await this.take(tx, actor, projectId, id);
    await this.store.retireCurrentSecret(tx, id, expiresAt);
    const secret = await this.add(tx, id);
    const target = { type: 'ClientApplication', id };
    const detail = { expiresAt: expiresAt?.toISOString() ?? null };
    this.audit.record(tx, { type: 'client.secret-rotated', actor, projectId, target, detail });
    return { client, secret };
  }

  /** Ends a rotation: the retiring secret works no more. @throws AppError `not-found`, `no-retiring-secret` */
  async finish(tx: Tx, actor: Actor, projectId: ProjectId | null, id: ClientId): Promise<ClientApplication> {
    const client = await this.take(tx, actor, projectId, id);
    if (!(await this.store.dropRetiringSecret(tx, id))) throw noRetiringSecret();
    const target = { type: 'ClientApplication', id };
    this.audit.record(tx, { type: 'client.secret-retired', actor, projectId, target });
    return client;
  }

  /** When the secrets of some clients were made and end; for views. Never what is kept of the secrets themselves. */
  async describe(tx: Tx, ids: readonly ClientId[]): Promise<SecretDates[]> {
    const secrets = await this.store.secretsOf(tx, ids);
    return ids.map((id) => {
      const own = (state: ClientSecret['state']) =>
        secrets.find((secret) => secret.clientId === id && secret.state === state);
      const retiring = own('retiring');
      return {
        id,
        createdAt: own('current')?.createdAt ?? null,
        isRotating:
          retiring !== undefined &&
          (retiring.expiresAt?.getTime() ?? Number.POSITIVE_INFINITY) > this.clock.now(),
        retiringExpiresAt: retiring?.expiresAt ?? null,
      };
    });
  }

  /** Takes the client's row for this transaction, so that two rotations at once do not mix. */
  private async take(
    tx: Tx,
    actor: Actor,
    projectId: ProjectId | null,
    id: ClientId,
  ): Promise<ClientApplication> {
    const client = await this.store.findInProject(tx, id, projectId);
    if (!client) throw notFound();
    const changes = { updatedAt: this.clock.date() };
    if (!(await this.store.update(tx, actor, client, client.version, changes))) throw conflict();
    tx.invalidate(clientCache, id);
    return { ...client, ...changes, version: client.version + 1 };
  }
}
