import { Injectable } from '@nestjs/common';
import type { User } from '../identities/user.entity.js';
import { Clock } from '../kernel/clock.js';
import type { ProjectId } from '../kernel/ids.js';
import type { Tx } from '../kernel/tx.js';
import { MembershipsService } from '../memberships/memberships.service.js';
import { FactorRequirementsService } from '../mfa/factor-requirements.service.js';
import { FactorsService } from '../mfa/factors.service.js';
import { ProjectsService } from '../projects/projects.service.js';
import { hasSecondFactor } from './acr.js';
import type { VouchedBy } from './login.entity.js';

/** What a sign-in lacks: nothing, a factor that the person has, or one that the person has to set up first. */
export type FactorNeed = 'done' | 'prove' | 'enrol';

/** What a person has proved so far. */
export interface Proof {
  readonly vouchedBy: VouchedBy;
  readonly amr: readonly string[];
}

/** Where a sign-in leads, as far as it is known. */
export interface Destination {
  /** The project of the membership. */
  readonly projectId?: ProjectId;
  /** Whether the app wants two factors: `wished` of those who have them, `required` of everybody. */
  readonly twoFactors?: 'wished' | 'required' | undefined;
}

/** Factors may be changed this long after a sign-in (ASVS 7.5.1). */
const recentMs = 600_000;

type Person = Pick<User, 'id' | 'projectId'>;

/** When a second factor is needed, and when one may be changed: decided here and nowhere else. */
@Injectable()
export class FactorRulesService {
  constructor(
    private readonly factors: FactorsService,
    private readonly requirements: FactorRequirementsService,
    private readonly projects: ProjectsService,
    private readonly memberships: MembershipsService,
    private readonly clock: Clock,
  ) {}

  /**
   * What a sign-in lacks. Whoever has a factor is asked for it at every sign-in with a password; whoever has none only where
   * one is demanded. A sign-in that somebody else vouched for is not the person's own, and is not asked (rulings 18).
   */
  async need(tx: Tx, user: Person, proof: Proof, to: Destination = {}): Promise<FactorNeed> {
    if (proof.vouchedBy !== 'person') return 'done';
    const enough = to.twoFactors ? proof.amr.includes('mfa') : hasSecondFactor(proof.amr);
    if (enough) return 'done';
    if ((await this.factors.kindsOf(tx, user.id)).length > 0) return 'prove';
    if (to.twoFactors === 'required') return 'enrol';
    if (hasSecondFactor(proof.amr)) return 'done';
    return (await this.isDemanded(tx, user, to.projectId)) ? 'enrol' : 'done';
  }

  /** Whether a person must have a factor anywhere: then the last one stays. */
  async isDemandedAnywhere(tx: Tx, user: Person): Promise<boolean> {
    if (await this.isDemanded(tx, user, undefined)) return true;
    const memberships = await this.memberships.ofUser(tx, user.id, null);
    for (const { projectId } of memberships) if (await this.isDemanded(tx, user, projectId)) return true;
    return false;
  }

  /**
   * Whether a session or login may change the factors of its person: signed in by the person, a short while ago, with a factor
   * where there is one.
   */
  async mayChange(tx: Tx, user: Person, proof: Proof & { readonly authTime: Date }): Promise<boolean> {
    if (proof.vouchedBy !== 'person') return false;
    if (!this.isRecent(proof)) return false;
    return hasSecondFactor(proof.amr) || (await this.factors.kindsOf(tx, user.id)).length === 0;
  }

  /** Whether the person signed in a short while ago. */
  isRecent({ authTime }: { readonly authTime: Date }): boolean {
    return this.clock.now() - authTime.getTime() <= recentMs;
  }

  private async isDemanded(tx: Tx, user: Person, projectId: ProjectId | undefined): Promise<boolean> {
    const demands = await this.requirements.of(tx, [user.id]);
    const where = new Set<ProjectId | null>([user.projectId, ...(projectId ? [projectId] : [])]);
    if (demands.some((one) => where.has(one.projectId))) return true;
    const project = projectId ?? user.projectId;
    return project !== null && (await this.projects.find(project))?.settings.secondFactorRequired === true;
  }
}
