import { Inject, Injectable } from '@nestjs/common';
import { AuditService } from '../audit/audit.service.js';
import type { AuditEventType } from '../audit/event-types.js';
import type { Actor } from '../kernel/actor.js';
import { RightsCache } from '../kernel/cache.js';
import { Clock } from '../kernel/clock.js';
import { Db } from '../kernel/db.js';
import { defineEnding, endingAt } from '../kernel/endings.js';
import { conflict, notFound } from '../kernel/errors.js';
import { type ClientId, newId, type ProjectId } from '../kernel/ids.js';
import { defined } from '../kernel/input.js';
import { Notices } from '../kernel/notices.js';
import { Outbox } from '../kernel/outbox.js';
import { type Page, type PageQuery, pageOf } from '../kernel/page.js';
import type { Secret } from '../kernel/secrets.js';
import type { Tx } from '../kernel/tx.js';
import { builtInClientId, keepsBuiltIn } from './built-in-client.js';
import type { ClientApplication } from './client-application.entity.js';
import {
  type ClientChanges,
  type ClientInput,
  changedClientSettings,
  hasKeys,
  newClientSettings,
} from './client-input.js';
import { ClientSecretsService, clientCache } from './client-secrets.service.js';
import { builtInClient } from './clients.errors.js';
import { type Client, ClientsStore } from './clients.store.js';
import { GRANT_TYPES } from './grant-types.js';
import { originsOf } from './redirect-uri.js';
import { anySecretMatches } from './secret-check.js';

export type { Client } from './clients.store.js';

/** A client was deactivated. */
export const clientEnded = defineEnding('client.ended');

/** The project that a client belongs to, or `null` for the server. */
type Scope = ProjectId | null;

/** A client and, this once, its new secret. */
export interface ClientAndSecret {
  readonly client: ClientApplication;
  readonly secret: Secret | undefined;
}

/**
 * Apps and servers that ask for tokens. A client of another project is not found. Judges no rights and knows no grant.
 */
@Injectable()
export class ClientsService {
  private readonly cache: RightsCache<Client>;
  private readonly originCache: RightsCache<{ readonly known: true }>;

  constructor(
    private readonly db: Db,
    private readonly store: ClientsStore,
    private readonly secrets: ClientSecretsService,
    private readonly audit: AuditService,
    private readonly clock: Clock,
    private readonly outbox: Outbox,
    notices: Notices,
    @Inject(GRANT_TYPES) private readonly grantTypes: readonly string[],
  ) {
    this.cache = new RightsCache(notices, clientCache);
    this.originCache = new RightsCache(notices, 'client-origin');
  }

  /**
   * Makes a client. Its secret is made here and shown this once, if it ever has to prove itself and has no keys for that.
   */
  async create(
    tx: Tx,
    actor: Actor,
    projectId: Scope,
    input: ClientInput,
    id: ClientId = newId(this.clock.now()),
  ): Promise<ClientAndSecret> {
    const settings = newClientSettings(input, this.grantTypes);
    const now = this.clock.date();
    const client: ClientApplication = {
      ...settings,
      id,
      projectId,
      origins: originsOf(settings),
      active: true,
      createdAt: now,
      updatedAt: now,
      version: 1,
      author: actor.profile ?? null,
    };
    await this.store.insert(tx, client);
    this.record(tx, actor, 'client.created', client, { name: client.name });
    const needsSecret = settings.authenticatedGrants.length > 0 && !hasKeys(settings);
    const secret = needsSecret ? await this.secrets.add(tx, client.id) : undefined;
    return { client, secret };
  }

  /**
   * Changes what `changes` names. A client that must prove itself from now on gets its secret by `ClientSecretsService.rotate`.
   * @throws AppError `not-found`, `invalid-input`, `client-built-in`, `conflict` when `version` is no longer current
   */
  async edit(
    tx: Tx,
    actor: Actor,
    projectId: Scope,
    id: ClientId,
    version: number,
    changes: ClientChanges,
  ): Promise<ClientApplication> {
    const before = await this.get(tx, projectId, id);
    if (id === builtInClientId && !keepsBuiltIn(changes)) throw builtInClient();
    const settings = changedClientSettings(before, changes, this.grantTypes);
    const origins = originsOf(settings);
    await this.write(tx, actor, before, { ...settings, origins }, version);
    for (const origin of before.origins) tx.invalidate(this.originCache.name, origin);
    const changed = Object.keys(defined(changes)).sort().join(' ');
    this.record(tx, actor, 'client.changed', before, { changed });
    return this.get(tx, projectId, id);
  }

  /** Ends every access through this client at once, until `activate`. @param version the one that the caller read, if it did. */
  deactivate(
    tx: Tx,
    actor: Actor,
    projectId: Scope,
    id: ClientId,
    version?: number,
  ): Promise<ClientApplication> {
    return this.setActive(tx, actor, projectId, id, false, version);
  }

  /** Lets a deactivated client in again. */
  activate(
    tx: Tx,
    actor: Actor,
    projectId: Scope,
    id: ClientId,
    version?: number,
  ): Promise<ClientApplication> {
    return this.setActive(tx, actor, projectId, id, true, version);
  }

  /**
   * Deletes a client with its secrets and ends every access through it; what it was stays in its history. Only
   * `ClientRemovalService` calls this, which sees to its membership.
   * @throws AppError `client-built-in`, `conflict` when `version` is no longer current, or it became a member meanwhile
   */
  async remove(tx: Tx, actor: Actor, client: ClientApplication, version = client.version): Promise<void> {
    const { id, projectId } = client;
    if (id === builtInClientId) throw builtInClient();
    if (!(await this.store.remove(tx, actor, client, version, this.clock.date()))) throw conflict();
    tx.invalidate(this.cache.name, id);
    for (const origin of client.origins) tx.invalidate(this.originCache.name, origin);
    this.record(tx, actor, 'client.removed', client, { name: client.name });
    this.outbox.add(tx, { topic: clientEnded, payload: endingAt(this.clock.date(), id), projectId });
  }

  /** The client with its secrets' hashes, from the cache when it may answer; not inside a transaction. */
  find(id: ClientId): Promise<Client | undefined> {
    return this.cache.get(id, () => this.db.read((tx) => this.store.find(tx, id)));
  }

  /**
   * Whether any candidate is a living secret of the client: its current one, or its retiring one before its end. All
   * candidates and both secrets are always compared. A client without a secret never matches.
   * @param candidates every reading of what was presented (Basic is read percent-decoded and raw: rulings 6).
   */
  verifySecret(client: Client, candidates: readonly Secret[]): boolean {
    return anySecretMatches(client.secrets, candidates, this.clock.now());
  }

  /** Whether a browser page of this origin may call: some active client names it (rulings 13). Not inside a transaction. */
  async isKnownOrigin(origin: string): Promise<boolean> {
    const known = await this.originCache.get(origin, async () =>
      (await this.db.read((tx) => this.store.hasOrigin(tx, origin))) ? { known: true } : undefined,
    );
    return known !== undefined;
  }

  /** The oldest active client that registered exactly this redirect address; for the page that is an app itself. */
  findByRedirectUri(tx: Tx, redirectUri: string): Promise<ClientId | undefined> {
    return this.store.findByRedirectUri(tx, redirectUri);
  }

  /** The client of a project as this transaction sees it. @throws AppError `not-found` */
  async get(tx: Tx, projectId: Scope, id: ClientId): Promise<ClientApplication> {
    const client = await this.store.findInProject(tx, id, projectId);
    if (!client) throw notFound();
    return client;
  }

  /** Those of the named clients that exist, of any project, in no order. For views. */
  findMany(tx: Tx, ids: readonly ClientId[]): Promise<ClientApplication[]> {
    return this.store.findMany(tx, ids);
  }

  /** The clients of a project, oldest first. */
  async list(tx: Tx, query: PageQuery<ClientId> & { projectId: Scope }): Promise<Page<ClientApplication>> {
    return pageOf(await this.store.list(tx, query.projectId, query), query);
  }

  private async setActive(
    tx: Tx,
    actor: Actor,
    projectId: Scope,
    id: ClientId,
    active: boolean,
    version?: number,
  ) {
    const client = await this.get(tx, projectId, id);
    if (version !== undefined && version !== client.version) throw conflict();
    if (client.active === active) return client;
    await this.write(tx, actor, client, { active });
    for (const origin of client.origins) tx.invalidate(this.originCache.name, origin);
    this.record(tx, actor, 'client.changed', client, { active });
    if (!active) {
      const payload = endingAt(this.clock.date(), id);
      this.outbox.add(tx, { topic: clientEnded, payload, projectId });
    }
    return this.get(tx, projectId, id);
  }

  private async write(
    tx: Tx,
    actor: Actor,
    client: ClientApplication,
    changes: Partial<ClientApplication>,
    version = client.version,
  ): Promise<void> {
    const updatedAt = this.clock.date();
    if (!(await this.store.update(tx, actor, client, version, { ...changes, updatedAt }))) throw conflict();
    tx.invalidate(this.cache.name, client.id);
  }

  private record(
    tx: Tx,
    actor: Actor,
    type: AuditEventType,
    client: ClientApplication,
    detail: Record<string, string | boolean | null>,
  ): void {
    const target = { type: 'ClientApplication', id: client.id };
    this.audit.record(tx, { type, actor, projectId: client.projectId, target, detail });
  }
}
