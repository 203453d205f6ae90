import { Injectable } from '@nestjs/common';
import type { Actor } from '../kernel/actor.js';
import { Clock } from '../kernel/clock.js';
import { hashSecret, newSecret, type Secret } from '../kernel/secrets.js';
import type { Tx } from '../kernel/tx.js';
import { type FactorNeed, FactorRulesService } from './factor-rules.service.js';
import { HalfSignInsStore } from './half-sign-ins.store.js';
import { SessionsService } from './sessions.service.js';
import {
  type PasswordAttempt,
  type ProvenPerson,
  type SignInFailure,
  SignInService,
} from './sign-in.service.js';

const halfLifeMs = 600_000;

/** What a password came to in a browser: a session, or the question for a second factor. */
export type SignInResult =
  | { readonly ok: true; readonly session: Secret; readonly expiresAt: Date }
  | { readonly ok: true; readonly half: Secret; readonly need: Exclude<FactorNeed, 'done'> }
  | SignInFailure;

/** The first step of a sign-in in a browser. */
@Injectable()
export class BrowserSignInService {
  constructor(
    private readonly signIn: SignInService,
    private readonly rules: FactorRulesService,
    private readonly halves: HalfSignInsStore,
    private readonly sessions: SessionsService,
    private readonly clock: Clock,
  ) {}

  /**
   * Checks a password and opens a browser session, unless a second factor is needed first.
   * @param previous the session that this browser had: it is replaced. @param browser the browser's own cookie.
   * @throws AppError `passwords-busy` when too many hashes wait.
   */
  async withPassword(
    actor: Actor,
    input: PasswordAttempt & { readonly previous: Secret | undefined; readonly browser: Secret },
  ): Promise<SignInResult> {
    const previous = input.previous && (await this.sessions.find(input.previous));
    const result = await this.signIn.prove(actor, input, async (tx, person) => {
      const need = await this.rules.need(tx, person.user, person);
      if (need !== 'done') return this.halfway(tx, person, input.browser, need);
      const { secret, session } = await this.sessions.open(tx, actor, { ...person, userId: person.user.id });
      if (previous) await this.sessions.replace(tx, actor, previous, session);
      return {
        target: { type: 'Session', id: session.id },
        in: { session: secret, expiresAt: session.expiresAt },
      };
    });
    return result.ok ? { ok: true, ...result.opened.in } : result;
  }

  private halfway(tx: Tx, person: ProvenPerson, browser: Secret, need: Exclude<FactorNeed, 'done'>) {
    const half = newSecret();
    const now = this.clock.date();
    const { id: userId } = person.user;
    this.halves.insert(tx, {
      secretHash: hashSecret(half),
      browserHash: hashSecret(browser),
      userId,
      amr: [...person.amr],
      authTime: now,
      expiresAt: new Date(now.getTime() + halfLifeMs),
    });
    return { target: { type: 'User', id: userId }, in: { half, need } };
  }
}
