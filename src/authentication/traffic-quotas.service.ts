import { Injectable } from '@nestjs/common';
import type { Client } from '../clients/clients.service.js';
import { Config } from '../kernel/config.js';
import type { ProjectId } from '../kernel/ids.js';
import { type QuotaState, Quotas } from '../kernel/quotas.js';
import type { ProjectLimits } from '../projects/project-limits.js';
import { ProjectsService } from '../projects/projects.service.js';
import type { Caller } from './caller.js';

/** One of the two numbers a minute that a caller has to stay within. */
interface Share {
  readonly name: string;
  readonly key: string;
  readonly perMinute: number;
}

/**
 * What one caller, and one project, may use up of the server in a minute (docs/limits.md, docs/decisions/200). Taken only from
 * those who proved who they are, so nobody uses up what is another's. A caller that has used up its own takes nothing
 * from its project, and no project anything from another one.
 */
@Injectable()
export class TrafficQuotasService {
  constructor(
    private readonly quotas: Quotas,
    private readonly projects: ProjectsService,
    private readonly config: Config,
  ) {}

  /** Counts a token that a client asks for itself. Not inside a transaction. */
  async takeToken({ id, projectId }: Client): Promise<QuotaState> {
    const { CAREKEY_RATE_LIMIT_CLIENT_TOKENS: one, CAREKEY_RATE_LIMIT_PROJECT_TOKENS: all } =
      this.config.settings;
    const limits = projectId && (await this.projects.find(projectId))?.limits;
    const own = { name: 'client-tokens', key: id, perMinute: limits?.clientTokens ?? one };
    return this.take('tokens', own, projectShare('project-tokens', projectId, limits?.projectTokens ?? all));
  }

  /**
   * Counts a call of the FHIR door. Who acts on behalf of somebody else uses up its own.
   * @param points 1 for the lightest call.
   */
  takeFhir({ standing: { membership, project } }: Caller, points: number): Promise<QuotaState> {
    const { CAREKEY_RATE_LIMIT_FHIR: one, CAREKEY_RATE_LIMIT_PROJECT_FHIR: all } = this.config.settings;
    const limits: ProjectLimits | undefined = project?.limits;
    const own = {
      name: 'member-fhir',
      key: membership?.id ?? 'none',
      perMinute: limits?.memberFhirPoints ?? one,
    };
    const shared = projectShare('project-fhir', project?.id, limits?.projectFhirPoints ?? all);
    return this.take('fhirInteractions', own, shared, points);
  }

  /** @returns the state of the share of which less is left, under the name that clients see. */
  private async take(name: string, own: Share, shared: Share, cost = 1): Promise<QuotaState> {
    const mine = await this.quotas.take(own.name, own.key, own.perMinute, cost);
    if (!mine.allowed) return { ...mine, name };
    const ours = await this.quotas.take(shared.name, shared.key, shared.perMinute, cost);
    return { ...(ours.allowed && ours.remaining >= mine.remaining ? mine : ours), name };
  }
}

function projectShare(name: string, id: ProjectId | null | undefined, perMinute: number): Share {
  return { name, key: id ?? 'server', perMinute };
}
