import { Injectable } from '@nestjs/common';
import { EmailService } from '../email/email.service.js';
import { OneTimeLinksService } from '../identities/one-time-links.service.js';
import type { User } from '../identities/user.entity.js';
import { UsersService } from '../identities/users.service.js';
import { type ProjectId, parseId } from '../kernel/ids.js';
import type { Tx } from '../kernel/tx.js';
import { ProjectsService } from '../projects/projects.service.js';

/** Somebody wants a new password for an address. */
export interface ResetRequest {
  /** As `normalizeEmail` wrote it. */
  readonly email: string;
  readonly projectId: ProjectId | null;
  /** Where the project has no such user, the server-scoped one is meant, as at sign-in. */
  readonly orServerScoped: boolean;
}

/** Writes to people who forgot their password. */
@Injectable()
export class ResetMailsService {
  constructor(
    private readonly users: UsersService,
    private readonly links: OneTimeLinksService,
    private readonly projects: ProjectsService,
    private readonly email: EmailService,
  ) {}

  /** Writes to the person, if there is one who may sign in; links of before open nothing any more. */
  async send(tx: Tx, { email, projectId, orServerScoped }: ResetRequest): Promise<void> {
    const scope = parseId<'Project'>(projectId) ?? null;
    const user = await this.users.findForSignIn(tx, email, scope);
    if (!user?.active || user.email === null || (user.projectId !== scope && !orServerScoped)) return;
    await this.sendTo(tx, user);
  }

  /** Writes to a person. */
  async sendTo(tx: Tx, user: User): Promise<void> {
    const project = user.projectId ? await this.projects.get(tx, user.projectId) : undefined;
    if (project?.active === false || user.email === null) return;
    await this.links.endAll(tx, user.id, 'reset-password');
    const { url, expiresAt } = await this.links.open(tx, 'reset-password', user, {
      projectId: user.projectId,
      provesAddress: true,
    });
    await this.email.queue(tx, {
      kind: 'reset-password',
      to: user.email,
      project: user.projectId,
      userScope: user.projectId === null ? 'server' : 'project',
      userId: user.id,
      data: {
        link: url,
        expiresAt,
        projectName: project?.name,
        personName: `${user.givenName} ${user.familyName}`,
      },
    });
  }
}
