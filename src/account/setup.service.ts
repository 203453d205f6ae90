import { Injectable } from '@nestjs/common';
import { AuditService } from '../audit/audit.service.js';
import { PasswordsService, type PreparedPassword } from '../identities/passwords.service.js';
import { UsersService } from '../identities/users.service.js';
import { type Actor, systemActor } from '../kernel/actor.js';
import { Clock } from '../kernel/clock.js';
import { Db } from '../kernel/db.js';
import { AppError } from '../kernel/errors.js';
import type { ProjectId } from '../kernel/ids.js';
import { hashSecret, newSecret, type Secret } from '../kernel/secrets.js';
import type { Tx } from '../kernel/tx.js';
import { MembershipsService } from '../memberships/memberships.service.js';
import { OnboardingService } from '../memberships/onboarding.service.js';
import { SetupStore } from './setup.store.js';

const linkLifeMs = 3_600_000;

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
    private readonly store: SetupStore,
    private readonly onboarding: OnboardingService,
    private readonly memberships: MembershipsService,
    private readonly users: UsersService,
    private readonly passwords: PasswordsService,
    private readonly audit: AuditService,
    private readonly clock: Clock,
  ) {}

  /**
   * A new one-time link secret, good for one hour; links that were made before and not used are forgotten.
   * @param projectIds the super-admin project first, then others that its user shall administer.
   */
  async openLink(tx: Tx, projectIds: readonly ProjectId[]): Promise<Secret> {
    await this.store.dropUnused(tx);
    const secret = newSecret();
    const now = this.clock.date();
    await this.store.insert(tx, {
      hash: hashSecret(secret),
      projectIds: [...projectIds],
      createdAt: now,
      expiresAt: new Date(now.getTime() + linkLifeMs),
      usedAt: null,
    });
    return secret;
  }

  /** Whether the super-admin project has an admin who can enter it. */
  hasAdmin(projectId: ProjectId): Promise<boolean> {
    return this.db.tx((tx) => this.memberships.hasAdmin(tx, projectId));
  }

  /** Whether a link can still be used. Changes nothing. */
  async describe(secret: Secret): Promise<{ valid: boolean }> {
    const link = await this.db.read((tx) => this.store.find(tx, hashSecret(secret), this.clock.date()));
    return { valid: link !== undefined };
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
        const link = await this.store.use(tx, hashSecret(secret), this.clock.date());
        if (!link) return { ok: false, gone: true };
        await this.addSuperAdmin(tx, actor, link.projectIds, input, prepared);
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
      await this.store.lock(tx);
      if (onlyFirst && (await this.memberships.hasAdmin(tx, projectIds[0]!))) return false;
      await this.addSuperAdmin(tx, systemActor(purpose), projectIds, input, prepared);
      await this.store.dropUnused(tx);
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
