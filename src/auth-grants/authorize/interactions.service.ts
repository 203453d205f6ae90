import { Injectable } from '@nestjs/common';
import { AuditService } from '../../audit/audit.service.js';
import { AddressRulesService } from '../../authentication/address-rules.service.js';
import { anonymousActor } from '../../kernel/actor.js';
import { Db } from '../../kernel/db.js';
import type { MembershipId } from '../../kernel/ids.js';
import type { Tx } from '../../kernel/tx.js';
import { AuthorizationRequestsService } from '../../logins/authorization-requests.service.js';
import { ConsentsService } from '../../logins/consents.service.js';
import type { OAuthErrorCode } from '../oauth.errors.js';
import { authorizationResponse } from './authorization-response.js';
import { CodeIssuer } from './code-issuer.js';
import type {
  InteractionStep,
  Interactions,
  NextInteraction,
  RequestOwner,
  SignInNotice,
} from './interaction.types.js';
import { needsConsent, scopesToAllow } from './interaction-decision.js';
import { type InteractionScene, InteractionScenes, type ReadyScene } from './interaction-scenes.js';

const gone: NextInteraction = { kind: 'gone' };

/** Walks a kept authorization request to its end. Each step looks at everything anew: pages may come in any order. */
@Injectable()
export class InteractionsService implements Interactions {
  constructor(
    private readonly db: Db,
    private readonly requests: AuthorizationRequestsService,
    private readonly scenes: InteractionScenes,
    private readonly consents: ConsentsService,
    private readonly codes: CodeIssuer,
    private readonly audit: AuditService,
    private readonly addresses: AddressRulesService,
  ) {}

  next(step: InteractionStep): Promise<NextInteraction> {
    return this.within(step, (tx, scene) => this.proceed(tx, step, scene));
  }

  async owner(step: InteractionStep): Promise<RequestOwner | undefined> {
    let owner: RequestOwner | undefined;
    await this.within(step, async (_tx, { asking, client }) => {
      owner = { asking, projectId: client.projectId };
      return gone;
    });
    return owner;
  }

  chooseMembership(step: InteractionStep, membershipId: MembershipId): Promise<NextInteraction> {
    return this.within(step, async (tx, scene) => {
      const { session } = scene;
      if (!session || !scene.choices.some((choice) => choice.membershipId === membershipId)) {
        return this.proceed(tx, step, scene);
      }
      await this.requests.choose(tx, step.handle, session.id, membershipId);
      const chosen = { sessionId: session.id, membershipId };
      return this.proceed(tx, step, { ...scene, request: { ...scene.request, chosen } });
    });
  }

  decideConsent(
    step: InteractionStep,
    decision: { readonly allow: boolean; readonly scopes: readonly string[] },
  ): Promise<NextInteraction> {
    return this.within(step, async (tx, scene) => {
      const ready = this.scenes.ready(scene);
      if (!ready) return this.proceed(tx, step, scene);
      if (!decision.allow) return this.refuse(tx, step, scene, 'access_denied', 'The person refused');
      const { request, client } = scene;
      const asked = request.parameters.scope;
      const scope = asked.filter((one) => one === 'openid' || decision.scopes.includes(one));
      if (scope.length === 0)
        return this.refuse(tx, step, scene, 'access_denied', 'The person allowed nothing');
      await this.consents.grant(tx, this.actor(step, scene), {
        userId: ready.session.userId,
        clientId: client.id,
        projectId: ready.choice.projectId,
        scope: scopesToAllow(scope),
      });
      return this.finish(tx, step, scene, ready, scope);
    });
  }

  cancel(step: InteractionStep): Promise<NextInteraction> {
    return this.within(step, (tx, scene) =>
      this.refuse(tx, step, scene, 'access_denied', 'The person did not sign in'),
    );
  }

  private async within(
    step: InteractionStep,
    body: (tx: Tx, scene: InteractionScene) => Promise<NextInteraction>,
  ): Promise<NextInteraction> {
    const { browser } = step;
    if (browser === undefined) return gone;
    const session = await this.scenes.session(step.session);
    return this.db.tx(async (tx) => {
      const request = await this.requests.open(tx, step.handle, browser);
      const scene = request && (await this.scenes.of(tx, request, session));
      return scene ? body(tx, scene) : gone;
    });
  }

  private async proceed(tx: Tx, step: InteractionStep, scene: InteractionScene): Promise<NextInteraction> {
    const { request, client } = scene;
    const silent = request.parameters.silent === true;
    const session = this.scenes.freshSession(scene);
    if (!session) {
      if (silent) return this.refuse(tx, step, scene, 'login_required', 'Login required');
      return this.signIn(scene, scene.session && 'sign-in-again');
    }
    if (scene.choices.length === 0) {
      if (silent) return this.refuse(tx, step, scene, 'access_denied', 'No membership in this project');
      return this.signIn(scene, 'no-membership');
    }
    const choice = this.scenes.chosen(scene);
    if (!choice) {
      if (silent)
        return this.refuse(tx, step, scene, 'account_selection_required', 'Account selection required');
      return {
        kind: 'choose-membership',
        asking: scene.asking,
        person: scene.person!,
        choices: scene.choices,
      };
    }
    const remembered = await this.consents.remembered(tx, session.userId, client.id);
    if (needsConsent(request, client, choice.projectId, remembered)) {
      if (silent) return this.refuse(tx, step, scene, 'consent_required', 'Consent required');
      const { asking, person } = scene;
      return {
        kind: 'consent',
        asking,
        person: person!,
        scopes: request.parameters.scope,
        profileName: choice.profileName,
      };
    }
    return this.finish(tx, step, scene, { session, choice }, request.parameters.scope);
  }

  private async finish(
    tx: Tx,
    step: InteractionStep,
    scene: InteractionScene,
    ready: ReadyScene,
    scope: readonly string[],
  ): Promise<NextInteraction> {
    if (!(await this.addresses.allow(ready.choice, step.request.ip)))
      return this.refuse(tx, step, scene, 'access_denied', 'IP address not allowed');
    const actor = this.actor(step, scene);
    const { request, client } = scene;
    const code = await this.codes.issue(tx, actor, { request, client, ...ready, scope });
    await this.requests.close(tx, step.handle);
    return this.redirect(scene, { code });
  }

  private async refuse(
    tx: Tx,
    step: InteractionStep,
    scene: InteractionScene,
    error: OAuthErrorCode,
    description: string,
  ): Promise<NextInteraction> {
    await this.requests.close(tx, step.handle);
    this.audit.recordRefusal(tx, {
      type: 'authorization.requested',
      actor: this.actor(step, scene),
      projectId: scene.request.projectId,
      clientId: scene.client.id,
      detail: { error },
    });
    return this.redirect(scene, { error, error_description: description });
  }

  private signIn({ asking, request }: InteractionScene, notice: SignInNotice | undefined): NextInteraction {
    return { kind: 'sign-in', asking, loginHint: request.parameters.loginHint, notice };
  }

  private redirect(
    scene: InteractionScene,
    answer: Parameters<typeof authorizationResponse>[3],
  ): NextInteraction {
    const { redirectUri, state } = scene.request.parameters;
    return {
      kind: 'redirect',
      location: authorizationResponse(redirectUri, this.scenes.issuer, state, answer),
    };
  }

  private actor(step: InteractionStep, { session }: InteractionScene) {
    const anonymous = anonymousActor(step.request);
    return session ? { ...anonymous, kind: 'user' as const, userId: session.userId } : anonymous;
  }
}
