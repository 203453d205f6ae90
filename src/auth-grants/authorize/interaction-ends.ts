import { Injectable } from '@nestjs/common';
import { AuditService } from '../../audit/audit.service.js';
import { AddressRulesService } from '../../authentication/address-rules.service.js';
import { type Actor, anonymousActor } from '../../kernel/actor.js';
import type { Tx } from '../../kernel/tx.js';
import { AuthorizationRequestsService } from '../../logins/authorization-requests.service.js';
import type { OAuthErrorCode } from '../oauth.errors.js';
import { authorizationResponse } from './authorization-response.js';
import { CodeIssuer } from './code-issuer.js';
import type { InteractionStep, NextInteraction } from './interaction.types.js';
import { lacksPatient } from './interaction-decision.js';
import { type InteractionScene, InteractionScenes, type ProvenScene } from './interaction-scenes.js';

/** The two ends of a kept authorization request: a code for the app, or an error. */
@Injectable()
export class InteractionEnds {
  constructor(
    private readonly requests: AuthorizationRequestsService,
    private readonly scenes: InteractionScenes,
    private readonly codes: CodeIssuer,
    private readonly audit: AuditService,
    private readonly addresses: AddressRulesService,
  ) {}

  /** A code, unless a patient is needed and none is there, or the address rules of the membership's policy refuse. @param allowed what the person allows: scopes asked for, and scopes whose claims were. */
  async allow(
    tx: Tx,
    step: InteractionStep,
    scene: InteractionScene,
    ready: ProvenScene,
    allowed: readonly string[],
  ): Promise<NextInteraction> {
    if (lacksPatient(scene.request, ready.choice)) return this.refuseWithoutPatient(tx, step, scene);
    if (!(await this.addresses.allow(ready.choice, step.request.ip))) {
      return this.refuse(tx, step, scene, 'access_denied', 'IP address not allowed');
    }
    const { request, client } = scene;
    const code = await this.codes.issue(tx, actorOf(step, scene), { request, client, ...ready, allowed });
    this.requests.close(tx, step.handle);
    return this.redirect(scene, { code });
  }

  /** There is no chooser of patients: whoever is no patient has none in context. */
  refuseWithoutPatient(tx: Tx, step: InteractionStep, scene: InteractionScene): Promise<NextInteraction> {
    return this.refuse(tx, step, scene, 'invalid_scope', 'patient/ scopes and launch/patient need a patient');
  }

  async refuse(
    tx: Tx,
    step: InteractionStep,
    scene: InteractionScene,
    error: OAuthErrorCode,
    description: string,
  ): Promise<NextInteraction> {
    this.requests.close(tx, step.handle);
    this.audit.recordRefusal(tx, {
      type: 'authorization.requested',
      actor: actorOf(step, scene),
      projectId: scene.request.projectId,
      clientId: scene.client.id,
      detail: { error },
    });
    return this.redirect(scene, { error, error_description: description });
  }

  private redirect(
    scene: InteractionScene,
    answer: Parameters<typeof authorizationResponse>[3],
  ): NextInteraction {
    const { redirectUri, state } = scene.request.parameters;
    return {
      kind: 'redirect',
      location: authorizationResponse(redirectUri, this.scenes.issuer, state, answer),
      ...('error' in answer && { error: answer.error }),
    };
  }
}

/** Who acts in a step: the person who is signed in, if anybody. */
export function actorOf(step: InteractionStep, { session }: InteractionScene): Actor {
  const anonymous = anonymousActor(step.request);
  return session ? { ...anonymous, kind: 'user', userId: session.userId } : anonymous;
}
