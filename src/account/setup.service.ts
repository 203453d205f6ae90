import { Injectable } from '@nestjs/common';
import { AuditService } from '../audit/audit.service.js';
import { PasswordsService, type PreparedPassword } from '../identities/passwords.service.js';
import { UsersService } from '../identities/users.service.js';
import { type Actor, systemActor } from '../kernel/actor.js';
import { Db } from '../kernel/db.js';
import { AppError } from '../kernel/errors.js';
import type { ProjectId } from '../kernel/ids.js';
import type { Secret } from '../kernel/secrets.js';
import type { Tx } from '../kernel/tx.js';
import { MembershipsService } from '../memberships/memberships.service.js';
import { OnboardingService } from '../memberships/onboarding.service.js';
import { SetupLinksService } from './setup-links.service.js';

/** Who the first super admin is to be. */
export interface FirstAdmin {
  readonly givenName: string;
  readonly familyName: string;
  readonly email: string;
  readonly password: string;
}

/** Makes the first super admin: from the environment, or by a one-time link. There is no default password. */
@Injectable()
export class SetupService {
  constructor(
    private readonly db: Db,
    private readonly links: SetupLinksService,
    private readonly onboarding: OnboardingService,
    private readonly memberships: MembershipsService,
    private readonly users: UsersService,
    private readonly passwords: PasswordsService,
    private readonly audit: AuditService,
  ) {}

  /** Whether the super-admin project has an admin who can enter it. */
  hasAdmin(projectId: ProjectId): Promise<boolean> {
    return this.db.tx((tx) => this.memberships.hasAdmin(tx, projectId));
  }

  /** Whether a link can still be used. Changes nothing. */
  async describe(secret: Secret): Promise<{ valid: boolean }> {
    return { valid: await this.db.read((tx) => this.links.isValid(tx, secret)) };
  }

  /** Uses a link up and makes the super admin; a wrong input leaves the link as it is. */
  async complete(
    actor: Actor,
    secret: Secret,
    input: FirstAdmin,
  ): Promise<
    { ok: true } | { ok: false; field: string | undefined; sentence: string } | { ok: false; gone: true }
  > {
    if (!(await this.describe(secret)).valid) return { ok: false, gone: true };
    try {
      const prepared = await this.passwords.prepare(input.password, { ...input, project: null });
      return await this.db.tx(async (tx) => {
        const projectIds = await this.links.use(tx, secret);
        if (!projectIds) return { ok: false, gone: true };
        await this.addSuperAdmin(tx, actor, projectIds, input, prepared);
        this.audit.record(tx, { type: 'setup.completed', actor, projectId: null });
        return { ok: true };
      });
    } catch (error) {
      if (!(error instanceof AppError) || error.kind !== 'invalid') throw error;
      return { ok: false, field: error.field, sentence: error.message };
    }
  }

  /**
   * Makes a super admin on behalf of whoever runs the server: first start and `carekey admin create`.
   * @param projectIds the super-admin project first, then others that the person shall administer.
   * @param onlyFirst do nothing when there is one already. @returns whether one was made.
   */
  async createAdmin(
    purpose: string,
    projectIds: readonly ProjectId[],
    input: FirstAdmin,
    onlyFirst = false,
  ): Promise<boolean> {
    const prepared = await this.passwords.prepare(input.password, { ...input, project: null });
    return this.db.tx(async (tx) => {
      await this.links.lock(tx);
      if (onlyFirst && (await this.memberships.hasAdmin(tx, projectIds[0]!))) return false;
      await this.addSuperAdmin(tx, systemActor(purpose), projectIds, input, prepared);
      await this.links.forget(tx);
      return true;
    });
  }

  /** The operator vouches for the address: the account counts as claimed without a proof by mail. */
  private async addSuperAdmin(
    tx: Tx,
    actor: Actor,
    projectIds: readonly ProjectId[],
    { email, givenName, familyName }: FirstAdmin,
    password: PreparedPassword,
  ): Promise<void> {
    const user = await this.users.create(tx, actor, {
      email,
      givenName,
      familyName,
      projectId: null,
      claimed: true,
    });
    await this.passwords.set(tx, actor, user, password);
    for (const projectId of projectIds) {
      const person = { profileType: 'Practitioner' as const, membership: { admin: true } };
      await this.onboarding.join(tx, actor, projectId, user, person, 'active');
    }
  }
}
