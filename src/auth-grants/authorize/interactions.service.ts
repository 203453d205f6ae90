import { Injectable } from '@nestjs/common';
import { Db } from '../../kernel/db.js';
import type { MembershipId } from '../../kernel/ids.js';
import type { Tx } from '../../kernel/tx.js';
import {
  AuthorizationRequestsService,
  type KeptRequest,
  type NewRequest,
} from '../../logins/authorization-requests.service.js';
import { ConsentsService } from '../../logins/consents.service.js';
import type { OAuthErrorCode } from '../oauth.errors.js';
import type {
  InteractionStep,
  Interactions,
  NextInteraction,
  RequestOwner,
  SignInNotice,
} from './interaction.types.js';
import { askedOf, fitsLoginHint, lacksPatient, needsConsent, scopesToAllow } from './interaction-decision.js';
import { actorOf, InteractionEnds } from './interaction-ends.js';
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
    private readonly ends: InteractionEnds,
  ) {}

  /** The first step of a request, in one transaction. It is kept only where a page has to go on with it. */
  begin(step: InteractionStep, begun: NewRequest): Promise<NextInteraction> {
    const first = async (tx: Tx, scene: InteractionScene) => {
      const next = await this.proceed(tx, step, scene);
      if (next.kind !== 'redirect') begun.keep(tx);
      return next;
    };
    return this.within(step, first, begun.request);
  }

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

  selectAccount(step: InteractionStep, here: boolean): Promise<NextInteraction> {
    return this.within(step, async (tx, scene) => {
      const { session, request } = scene;
      if (!session) return this.proceed(tx, step, scene);
      if (here) {
        await this.requests.choose(tx, step.handle, session.id, null);
        const chosen = { sessionId: session.id, membershipId: undefined };
        return this.proceed(tx, step, { ...scene, request: { ...request, chosen } });
      }
      await this.requests.leave(tx, step.handle, session.id);
      return this.signIn(scene, undefined);
    });
  }

  decideConsent(
    step: InteractionStep,
    decision: { readonly allow: boolean; readonly scopes: readonly string[] },
  ): Promise<NextInteraction> {
    return this.within(step, async (tx, scene) => {
      const ready = this.scenes.ready(scene);
      if (!ready) return this.proceed(tx, step, scene);
      if (!decision.allow) return this.ends.refuse(tx, step, scene, 'access_denied', 'The person refused');
      const need = await this.scenes.need(tx, scene, ready);
      if (need !== 'done') return this.secondStep(scene, ready, need);
      const { request, client } = scene;
      const allowed = askedOf(request).filter((one) => one === 'openid' || decision.scopes.includes(one));
      if (allowed.length === 0)
        return this.ends.refuse(tx, step, scene, 'access_denied', 'The person allowed nothing');
      await this.consents.grant(tx, actorOf(step, scene), {
        userId: ready.session.userId,
        clientId: client.id,
        projectId: ready.choice.projectId,
        scope: scopesToAllow(allowed),
      });
      return this.ends.allow(tx, step, scene, { ...ready, need }, allowed);
    });
  }

  cancel(step: InteractionStep): Promise<NextInteraction> {
    return this.within(step, (tx, scene) =>
      this.ends.refuse(tx, step, scene, 'access_denied', 'The person did not sign in'),
    );
  }

  private async within(
    step: InteractionStep,
    body: (tx: Tx, scene: InteractionScene) => Promise<NextInteraction>,
    begun?: KeptRequest,
  ): Promise<NextInteraction> {
    const { browser } = step;
    if (browser === undefined) return gone;
    const found = await this.scenes.session(step.session);
    return this.db.tx(async (tx) => {
      const request = begun ?? (await this.requests.open(tx, step.handle, browser));
      const session = found && (await this.scenes.hold(tx, found)) ? found : undefined;
      const scene = request && (await this.scenes.of(tx, request, session));
      return scene ? body(tx, scene) : gone;
    });
  }

  private async proceed(tx: Tx, step: InteractionStep, scene: InteractionScene): Promise<NextInteraction> {
    const { request, client, asking, person, choices } = scene;
    if (request.parameters.silent) return this.proceedSilently(tx, step, scene);
    const session = this.scenes.freshSession(scene);
    if (!session) return this.signIn(scene, this.scenes.whyNotFresh(scene));
    if (this.scenes.accountIsOpen(scene)) return { kind: 'select-account', asking, person: person! };
    if (choices.length === 0) return this.signIn(scene, 'no-membership');
    const choice = this.scenes.chosen(scene);
    if (!choice) return { kind: 'choose-membership', asking, person: person!, choices };
    if (lacksPatient(request, choice)) return this.ends.refuseWithoutPatient(tx, step, scene);
    const need = await this.scenes.need(tx, scene, { session, choice });
    if (need !== 'done') return this.secondStep(scene, { session, choice }, need);
    const remembered = await this.consents.remembered(tx, session.userId, client.id);
    if (needsConsent(request, client, choice, remembered)) {
      const scopes = askedOf(request);
      return { kind: 'consent', asking, person: person!, scopes, profileName: choice.profileName };
    }
    return this.ends.allow(tx, step, scene, { session, choice, need }, askedOf(request));
  }

  /**
   * `prompt=none`: every question becomes an error. Consent is judged first: an app that this person never allowed
   * anything learns from no answer who is signed in, since when, or where they are a member (F88, F90).
   */
  private async proceedSilently(
    tx: Tx,
    step: InteractionStep,
    scene: InteractionScene,
  ): Promise<NextInteraction> {
    const { request, client, person, choices } = scene;
    const refuse = (error: OAuthErrorCode, description: string) =>
      this.ends.refuse(tx, step, scene, error, description);
    if (!scene.session || !person) return refuse('login_required', 'Login required');
    const choice = this.scenes.chosen(scene);
    const remembered = await this.consents.remembered(tx, person.userId, client.id);
    if (needsConsent(request, client, choice ?? choices[0], remembered)) {
      return refuse('consent_required', 'Consent required');
    }
    const session = this.scenes.freshSession(scene);
    if (!session || !fitsLoginHint(person, request)) return refuse('login_required', 'Login required');
    if (choices.length === 0) return refuse('access_denied', 'No membership in this project');
    if (!choice) return refuse('account_selection_required', 'Account selection required');
    const need = await this.scenes.need(tx, scene, { session, choice });
    if (need !== 'done') return refuse('login_required', 'A second factor is needed');
    return this.ends.allow(tx, step, scene, { session, choice, need }, askedOf(request));
  }

  /** Whoever has to set a factor up has signed in a short while ago, or does so again: an old cookie is not enough. */
  private secondStep(
    scene: InteractionScene,
    { session }: ReadyScene,
    need: 'prove' | 'enrol',
  ): NextInteraction {
    const { asking, person } = scene;
    if (need === 'prove') return { kind: 'second-factor', asking, person: person! };
    if (!this.scenes.isRecent(session)) return this.signIn(scene, 'sign-in-again');
    return { kind: 'enrol-factor', asking, person: person! };
  }

  private signIn({ asking, request }: InteractionScene, notice: SignInNotice | undefined): NextInteraction {
    return { kind: 'sign-in', asking, loginHint: request.parameters.loginHint, notice };
  }
}
