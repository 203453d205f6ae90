import { Injectable } from '@nestjs/common';
import { ClientsService } from '../clients/clients.service.js';
import type { Actor } from '../kernel/actor.js';
import { Clock } from '../kernel/clock.js';
import { Db } from '../kernel/db.js';
import type { ClientId, UserId } from '../kernel/ids.js';
import { ConsentsService } from '../logins/consents.service.js';
import { LoginsService } from '../logins/logins.service.js';
import { ProjectsService } from '../projects/projects.service.js';
import { RefreshFamiliesService } from '../tokens/refresh-families.service.js';
import { scopeInWords } from './scope-words.js';
import { agoInWords, type Language } from './strings.js';

/** One app of the account page. */
export interface ConnectedApp {
  readonly id: ClientId;
  readonly name: string;
  readonly project: string | undefined;
  readonly since: string;
  /** Nothing when it holds no access now and may only come back without asking. */
  readonly lastUsed: string | undefined;
  /** What it may do, in words. */
  readonly scopes: readonly string[];
}

/** What is known of one app, from the logins that it holds and from what was allowed to it. */
interface Traces {
  since: Date;
  lastUsed: Date | undefined;
  readonly scopes: Set<string>;
}

/** The apps of a person: those that hold access now, and those that were allowed to come back without asking. */
@Injectable()
export class ConnectedApps {
  constructor(
    private readonly db: Db,
    private readonly logins: LoginsService,
    private readonly consents: ConsentsService,
    private readonly families: RefreshFamiliesService,
    private readonly clients: ClientsService,
    private readonly projects: ProjectsService,
    private readonly clock: Clock,
  ) {}

  /** By name; an app that is signed in to several times shows once. */
  async list(userId: UserId, language: Language): Promise<ConnectedApp[]> {
    const apps = await this.traces(userId);
    const { clients, projects } = await this.db.read(async (tx) => {
      const found = await this.clients.findMany(tx, [...apps.keys()]);
      const projectIds = found.map(({ projectId }) => projectId).filter((id) => id !== null);
      return { clients: found, projects: await this.projects.findMany(tx, [...new Set(projectIds)]) };
    });
    const ago = (then: Date) => agoInWords(language, then, this.clock.now());
    return clients
      .map(({ id, name, projectId }) => {
        const { since, lastUsed, scopes } = apps.get(id)!;
        return {
          id,
          name,
          project: projects.find((project) => project.id === projectId)?.name,
          since: ago(since),
          lastUsed: lastUsed && ago(lastUsed),
          scopes: [...scopes].map((scope) => scopeInWords(language, scope)),
        };
      })
      .sort((a, b) => a.name.localeCompare(b.name, language.tag));
  }

  /** Ends every login of a person to one app, and forgets what it was allowed. @returns whether there was any. */
  async disconnect(actor: Actor, userId: UserId, clientId: ClientId): Promise<boolean> {
    return this.db.tx(async (tx) => {
      const own = (await this.logins.liveOfUser(tx, userId)).filter((login) => login.clientId === clientId);
      for (const login of own) await this.logins.revoke(tx, actor, login.id, 'disconnected-by-person');
      const projectId = own[0]?.projectId ?? (await this.clients.find(clientId))?.projectId ?? null;
      const forgotten = await this.consents.withdraw(tx, actor, { userId, clientId, projectId });
      return forgotten || own.length > 0;
    });
  }

  private async traces(userId: UserId): Promise<Map<ClientId, Traces>> {
    return this.db.read(async (tx) => {
      const apps = new Map<ClientId, Traces>();
      const note = (id: ClientId, since: Date, lastUsed: Date | undefined, scopes: readonly string[]) => {
        const app = apps.get(id) ?? { since, lastUsed, scopes: new Set() };
        if (since < app.since) app.since = since;
        if (lastUsed && (!app.lastUsed || lastUsed > app.lastUsed)) app.lastUsed = lastUsed;
        for (const scope of scopes) app.scopes.add(scope);
        apps.set(id, app);
      };
      const logins = await this.logins.liveOfUser(tx, userId);
      const uses = await this.families.lastUses(
        tx,
        logins.map(({ id }) => id),
      );
      for (const login of logins) {
        const scopes = login.scope.split(' ').filter(Boolean);
        note(login.clientId, login.createdAt, uses.get(login.id) ?? login.createdAt, scopes);
      }
      for (const { clientId, grantedAt, scope } of await this.consents.ofUser(tx, userId)) {
        note(clientId, grantedAt, undefined, scope);
      }
      return apps;
    });
  }
}
