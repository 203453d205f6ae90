import { Injectable } from '@nestjs/common';
import { AuditService } from '../audit/audit.service.js';
import type { OneTimeLink } from '../identities/one-time-link.entity.js';
import { type LinkFault, OneTimeLinksService } from '../identities/one-time-links.service.js';
import { PasswordsService } from '../identities/passwords.service.js';
import type { User } from '../identities/user.entity.js';
import type { Actor } from '../kernel/actor.js';
import { Db } from '../kernel/db.js';
import { AppError } from '../kernel/errors.js';
import { InvitationsService } from '../memberships/invitations.service.js';
import type { Project } from '../projects/project.entity.js';
import { ProjectsService } from '../projects/projects.service.js';
import { ProofsService } from './proofs.service.js';

/** Why a link sets no password: what is wrong with it, or it is for something else. */
export type PasswordLinkFault = LinkFault | 'purpose';

/** What a link that sets a password is about. */
export interface PasswordLink {
  readonly purpose: 'invite' | 'reset-password';
  readonly user: User;
  /** The inviting project, or the one that the user is scoped to. */
  readonly project: Project | undefined;
  /** Least characters of the password. */
  readonly minimum: number;
  /** Who follows an invitation says first that the link was followed on purpose. */
  readonly opened: boolean;
}

/** What became of the choice of a password. */
export type PasswordSet =
  | { readonly ok: true; readonly link: PasswordLink }
  | { readonly ok: false; readonly fault: PasswordLinkFault }
  | { readonly ok: false; readonly fault: 'password'; readonly sentence: string };

type Found = { readonly row: OneTimeLink } & PasswordLink;

/** Links by which a person sets the first password or a forgotten one. Looking changes nothing (rulings 23). */
@Injectable()
export class PasswordLinksService {
  constructor(
    private readonly db: Db,
    private readonly links: OneTimeLinksService,
    private readonly passwords: PasswordsService,
    private readonly projects: ProjectsService,
    private readonly invitations: InvitationsService,
    private readonly proofs: ProofsService,
    private readonly audit: AuditService,
  ) {}

  /** What the two parts of a link are good for. */
  async describe(
    id: string,
    secret: string,
  ): Promise<
    | { readonly ok: true; readonly link: PasswordLink }
    | { readonly ok: false; readonly fault: PasswordLinkFault }
  > {
    const found = await this.find(id, secret);
    return typeof found === 'string' ? { ok: false, fault: found } : { ok: true, link: found };
  }

  /** The person says that the page of an invitation is open; opening it alone would say nothing, as mail scanners do. */
  async open(id: string, secret: string): Promise<void> {
    const found = await this.find(id, secret);
    if (typeof found !== 'string' && found.purpose === 'invite')
      await this.db.tx((tx) => this.invitations.markOpened(tx, found.row.id));
  }

  /**
   * Uses a link up: the password is set, the address proved, an invitation accepted, every session and login of before
   * ended. A password that is refused leaves the link as it is.
   * @throws AppError `passwords-busy`
   */
  async setPassword(actor: Actor, id: string, secret: string, password: string): Promise<PasswordSet> {
    const found = await this.find(id, secret);
    if (typeof found === 'string') return this.refused(actor, id, found);
    const { row, user, project } = found;
    const owner = { ...user, project: user.projectId ? (project ?? null) : null };
    try {
      const prepared = await this.passwords.prepare(password, owner);
      const person: Actor = { ...actor, kind: 'user', userId: user.id };
      const used = await this.db.tx(async (tx) => {
        if (!(await this.links.use(tx, row.id))) return false;
        await this.proofs.proved(tx, person, user, row.provesAddress);
        await this.passwords.set(tx, person, user, prepared);
        if (found.purpose === 'invite') await this.invitations.accepted(tx, person, row.id);
        return true;
      });
      return used ? { ok: true, link: found } : this.refused(actor, id, 'used');
    } catch (error) {
      if (!(error instanceof AppError) || error.kind !== 'invalid') throw error;
      return { ok: false, fault: 'password', sentence: error.message };
    }
  }

  private async find(id: string, secret: string): Promise<Found | PasswordLinkFault> {
    return this.db.read(async (tx) => {
      const presented = await this.links.present(tx, id, secret);
      if (!presented.ok) return presented.fault;
      const { link } = presented;
      if (link.purpose === 'verify-email') return 'purpose';
      const user = await this.proofs.activeUser(tx, link.userId);
      const project = link.projectId ? await this.projects.find(link.projectId) : undefined;
      // Whoever was deactivated, and the members of a project that was, have nothing to set a password for.
      if (!user || project?.active === false) return 'used';
      const opened = link.purpose !== 'invite' || (await this.invitations.isOpened(tx, link.id));
      const scoped = user.projectId ? (project ?? null) : null;
      const minimum = this.passwords.minimumFor(scoped);
      return { row: link, purpose: link.purpose, user, project, minimum, opened };
    });
  }

  private async refused(actor: Actor, id: string, fault: PasswordLinkFault): Promise<PasswordSet> {
    const detail = { reason: `link-${fault}`, link: id.slice(0, 36) };
    await this.audit.refuse({ type: 'password.set', actor, projectId: null, detail });
    return { ok: false, fault };
  }
}
