import { Injectable } from '@nestjs/common';
import { ClientsService } from '../clients/clients.service.js';
import type { Actor } from '../kernel/actor.js';
import { Clock } from '../kernel/clock.js';
import { Db } from '../kernel/db.js';
import type { ClientId, UserId } from '../kernel/ids.js';
import { ConsentsService } from '../logins/consents.service.js';
import type { Login } from '../logins/login.entity.js';
import { LoginsService } from '../logins/logins.service.js';
import { ProjectsService } from '../projects/projects.service.js';
import { agoInWords, type Language } from './strings.js';

/** One app of the account page. */
export interface ConnectedApp {
  readonly id: ClientId;
  readonly name: string;
  readonly project: string | undefined;
  readonly since: string;
}

/** The apps that hold access of a person now: those with a live login. */
@Injectable()
export class ConnectedApps {
  constructor(
    private readonly db: Db,
    private readonly logins: LoginsService,
    private readonly consents: ConsentsService,
    private readonly clients: ClientsService,
    private readonly projects: ProjectsService,
    private readonly clock: Clock,
  ) {}

  /** By name; an app that is signed in to several times shows once, since its first time. */
  async list(userId: UserId, language: Language): Promise<ConnectedApp[]> {
    return this.db.read(async (tx) => {
      const first = new Map<ClientId, Login>();
      // Newest first, so the oldest one stays.
      for (const login of await this.logins.liveOfUser(tx, userId)) first.set(login.clientId, login);
      const clients = await this.clients.findMany(tx, [...first.keys()]);
      const projectIds = clients.map(({ projectId }) => projectId).filter((id) => id !== null);
      const projects = await this.projects.findMany(tx, [...new Set(projectIds)]);
      return clients
        .map(({ id, name, projectId }) => ({
          id,
          name,
          project: projects.find((project) => project.id === projectId)?.name,
          since: agoInWords(language, first.get(id)!.createdAt, this.clock.now()),
        }))
        .sort((a, b) => a.name.localeCompare(b.name, language.tag));
    });
  }

  /** Ends every login of a person to one app, and forgets what it was allowed. @returns whether there was any. */
  async disconnect(actor: Actor, userId: UserId, clientId: ClientId): Promise<boolean> {
    return this.db.tx(async (tx) => {
      const own = (await this.logins.liveOfUser(tx, userId)).filter((login) => login.clientId === clientId);
      for (const login of own) await this.logins.revoke(tx, actor, login.id, 'disconnected-by-person');
      const [login] = own;
      if (!login) return false;
      await this.consents.withdraw(tx, actor, { userId, clientId, projectId: login.projectId });
      return true;
    });
  }
}
