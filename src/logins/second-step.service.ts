import { Injectable } from '@nestjs/common';
import { AuditService } from '../audit/audit.service.js';
import type { Actor } from '../kernel/actor.js';
import { Db } from '../kernel/db.js';
import { hashSecret, type Secret } from '../kernel/secrets.js';
import type { Tx } from '../kernel/tx.js';
import type { FactorKind } from '../mfa/factor.types.js';
import { FactorsService } from '../mfa/factors.service.js';
import { TotpEnrolmentsService, type TotpSetup } from '../mfa/totp-enrolments.service.js';
import { HalfSignInsStore } from './half-sign-ins.store.js';
import { type SecondStep, SecondStepPeople, type StepPlace } from './second-step-people.js';
import { SessionsService } from './sessions.service.js';

/** What a step came to. */
export type StepResult =
  | { readonly ok: true; readonly session: Secret; readonly codes?: readonly string[] }
  | { readonly ok: false; readonly reason: 'gone' | 'wrong' | 'expired' }
  | { readonly ok: false; readonly reason: 'too-many'; readonly retryAfterSeconds: number };

type Refusal = Extract<StepResult, { readonly ok: false }>;

/** The second step of a sign-in in a browser: a factor is given, or set up where one is demanded. */
@Injectable()
export class SecondStepService {
  constructor(
    private readonly db: Db,
    private readonly halves: HalfSignInsStore,
    private readonly sessions: SessionsService,
    private readonly people: SecondStepPeople,
    private readonly factors: FactorsService,
    private readonly enrolments: TotpEnrolmentsService,
    private readonly audit: AuditService,
  ) {}

  /** Who stands here; `undefined` when the step is unknown, over, of another browser, or the person may not sign in. */
  find(place: StepPlace): Promise<SecondStep | undefined> {
    return this.db.read((tx) => this.people.at(tx, place));
  }

  /** Takes a response. The session it leads to has a secret that is new. */
  async prove(actor: Actor, place: StepPlace, kind: FactorKind, response: string): Promise<StepResult> {
    return this.tried(actor, place, kind, async (tx, found, person) => {
      const check = await this.factors.verify(tx, person, found.user, { kind, response, step: found.step });
      return check.ok ? this.enter(tx, person, place, found, check.amr) : check;
    });
  }

  /** What an authenticator app is set up with, for whoever may; `undefined` for everybody else. */
  async beginEnrolment(place: StepPlace, issuer: string): Promise<TotpSetup | undefined> {
    return this.db.tx(async (tx) => {
      const found = await this.people.at(tx, place);
      if (!found || !(await this.people.mayEnrol(tx, found))) return undefined;
      return this.enrolments.begin(tx, found.user, found.step, issuer);
    });
  }

  /** Sets the app up by a code of it: that is the second factor of this sign-in, too. Recovery codes come with the first one. */
  async enrol(actor: Actor, place: StepPlace, code: string): Promise<StepResult> {
    return this.tried(actor, place, 'totp', async (tx, found, person) => {
      if (!(await this.people.mayEnrol(tx, found))) return { ok: false, reason: 'gone' };
      const result = await this.enrolments.confirm(tx, person, found.user, found.step, code);
      if (result === 'missing') return { ok: false, reason: 'expired' };
      if (result === 'wrong') return { ok: false, reason: 'wrong' };
      const codes = found.kinds.length === 0 ? await this.factors.renewCodes(tx, person, found.user) : [];
      const entered = await this.enter(tx, person, place, found, ['otp', 'mfa']);
      return entered.ok ? { ...entered, codes } : entered;
    });
  }

  /** Takes the try, then judges in one transaction; a refusal is recorded by itself. */
  private async tried(
    actor: Actor,
    place: StepPlace,
    kind: FactorKind,
    judge: (tx: Tx, found: SecondStep, person: Actor) => Promise<StepResult>,
  ): Promise<StepResult> {
    const before = await this.find(place);
    if (!before) return { ok: false, reason: 'gone' };
    const { user, step } = before;
    const person: Actor = { ...actor, kind: 'user', userId: user.id };
    const wait = await this.factors.takeTry(user.id, { kind, step });
    const refused = async (refusal: Refusal): Promise<Refusal> => {
      const detail = { kind, reason: refusal.reason };
      await this.audit.refuse({ type: 'factor.used', actor: person, projectId: user.projectId, detail });
      return refusal;
    };
    if (wait !== undefined) return refused({ ok: false, reason: 'too-many', retryAfterSeconds: wait });
    const result = await this.db.tx(async (tx): Promise<StepResult> => {
      const found = await this.people.at(tx, place);
      return found ? judge(tx, found, person) : { ok: false, reason: 'gone' };
    });
    return result.ok ? result : refused(result);
  }

  /** From here on the person is signed in with what was given. Only one of two at once gets in. */
  private async enter(
    tx: Tx,
    person: Actor,
    { half, session }: StepPlace,
    { user, proof }: SecondStep,
    given: readonly string[],
  ): Promise<StepResult> {
    const amr = [...new Set([...proof.amr, ...given])];
    if (!half) {
      const secret = session && (await this.sessions.raise(tx, session.id, amr));
      return secret ? { ok: true, session: secret } : { ok: false, reason: 'gone' };
    }
    if (!(await this.halves.end(tx, hashSecret(half)))) return { ok: false, reason: 'gone' };
    const opened = await this.sessions.open(tx, person, { ...proof, userId: user.id, amr });
    if (session) await this.sessions.replace(tx, person, session, opened.session);
    return { ok: true, session: opened.secret };
  }
}
