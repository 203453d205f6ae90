import { Injectable } from '@nestjs/common';
import { ClientsService } from '../../clients/clients.service.js';
import { Config } from '../../kernel/config.js';
import { ProjectsService } from '../../projects/projects.service.js';
import { IdTokenHintsService } from '../../tokens/id-token-hints.service.js';
import { audienceStep } from './audience.step.js';
import type { AuthorizeContext, AuthorizeStep, StepRefusal } from './authorize.types.js';
import { claimsStep } from './claims.step.js';
import { clientStep } from './client.step.js';
import { hintStep } from './hint.step.js';
import { pkceStep } from './pkce.step.js';
import { promptStep } from './prompt.step.js';
import { redirectUriStep } from './redirect-uri.step.js';
import { requestObjectStep } from './request-object.step.js';
import { responseTypeStep } from './response-type.step.js';
import { scopeStep } from './scope.step.js';

/**
 * The table of checks of an authorization request, in order. Refusals before `redirect-uri` has passed are pages,
 * later ones go to the app.
 */
@Injectable()
export class AuthorizeSteps {
  private readonly steps: readonly AuthorizeStep[];

  constructor(
    clients: ClientsService,
    projects: ProjectsService,
    hints: IdTokenHintsService,
    config: Config,
  ) {
    this.steps = [
      clientStep(clients, projects),
      redirectUriStep,
      requestObjectStep,
      responseTypeStep,
      scopeStep,
      pkceStep,
      audienceStep(config),
      promptStep,
      hintStep(hints, clients),
      claimsStep,
    ];
  }

  /** Runs every step; answers the first refusal, or nothing when all passed and the context is filled. */
  async run(context: AuthorizeContext): Promise<StepRefusal | undefined> {
    for (const step of this.steps) {
      const refusal = await step.check(context);
      if (refusal) return refusal;
    }
    return undefined;
  }
}
