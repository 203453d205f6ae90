import { Injectable } from '@nestjs/common';
import { ClientsService } from '../clients/clients.service.js';
import { EmailService } from '../email/email.service.js';
import { type NewLink, OneTimeLinksService } from '../identities/one-time-links.service.js';
import { PasswordsService } from '../identities/passwords.service.js';
import type { User } from '../identities/user.entity.js';
import { UsersService } from '../identities/users.service.js';
import type { Actor } from '../kernel/actor.js';
import { Config } from '../kernel/config.js';
import type { DeliveryId, ProjectId } from '../kernel/ids.js';
import type { Tx } from '../kernel/tx.js';
import { ProjectsService } from '../projects/projects.service.js';

/** What went out about an invitation. */
export interface SentInvitation {
  readonly link: NewLink | undefined;
  readonly deliveryId: DeliveryId | null;
}

/** Tells people that they are invited: with a link that sets the first password, or with the way to the sign-in page. */
@Injectable()
export class InvitationMailsService {
  constructor(
    private readonly links: OneTimeLinksService,
    private readonly passwords: PasswordsService,
    private readonly users: UsersService,
    private readonly clients: ClientsService,
    private readonly projects: ProjectsService,
    private readonly email: EmailService,
    private readonly config: Config,
  ) {}

  /** Whether a person cannot sign in before a link was followed. */
  async needsPassword(tx: Tx, user: User): Promise<boolean> {
    return user.projectId === null ? user.claimedAt === null : !(await this.passwords.has(tx, user.id));
  }

  /** Sends the mail; whoever has no address gets none. */
  async send(tx: Tx, actor: Actor, projectId: ProjectId, user: User): Promise<SentInvitation> {
    if (user.email === null) return { link: undefined, deliveryId: null };
    const project = await this.projects.get(tx, projectId);
    const address = {
      to: user.email,
      project: projectId,
      userScope: user.projectId === null ? ('server' as const) : ('project' as const),
      userId: user.id,
    };
    const names = {
      projectName: project.name,
      personName: `${user.givenName} ${user.familyName}`,
      inviterName: await this.inviterName(tx, actor),
    };
    if (!(await this.needsPassword(tx, user))) {
      const query = user.projectId === null ? '' : `?project=${user.projectId}`;
      const data = { ...names, link: this.config.url(`signin${query}`) };
      const deliveryId = await this.email.queue(tx, { ...address, kind: 'welcome-to-project', data });
      return { link: undefined, deliveryId };
    }
    const link = await this.links.open(tx, 'invite', user, { projectId, provesAddress: true });
    const data = { ...names, link: link.url, expiresAt: link.expiresAt };
    return { link, deliveryId: await this.email.queue(tx, { ...address, kind: 'set-password', data }) };
  }

  /** What became of mails about invitations. */
  statesOf(tx: Tx, ids: readonly DeliveryId[]): Promise<ReadonlyMap<DeliveryId, { readonly state: string }>> {
    return this.email.states(tx, ids);
  }

  /** Stops a mail that has not left yet. */
  revoke(tx: Tx, id: DeliveryId): Promise<void> {
    return this.email.revoke(tx, id);
  }

  private async inviterName(tx: Tx, { userId, clientId }: Actor): Promise<string | undefined> {
    if (userId) {
      const [user] = await this.users.findMany(tx, [userId]);
      return user && `${user.givenName} ${user.familyName}`;
    }
    return clientId && (await this.clients.findMany(tx, [clientId]))[0]?.name;
  }
}
