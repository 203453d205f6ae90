import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { AskingClient } from '../auth-grants/authorize/interaction.types.js';
import { InteractionsService } from '../auth-grants/authorize/interactions.service.js';
import { BrowserCookies } from '../kernel/cookies.js';
import { fill } from '../kernel/escape.js';
import type { Secret } from '../kernel/secrets.js';
import type { SecondStep, StepPlace } from '../logins/second-step-people.js';
import { secretOf } from '../mfa/totp.js';
import type { TotpSetup } from '../mfa/totp-enrolments.service.js';
import { BrowserSessions } from './browser-sessions.js';
import { type FormFields, PageForms } from './page-forms.js';
import { Pages } from './pages.js';
import { stepAddress } from './sign-in-view.js';
import { type Language, waitInWords } from './strings.js';

/** Somebody who came to a page of the second step. */
export interface StepVisit {
  readonly place: StepPlace;
  /** Of the kept request in which it happens. */
  readonly handle?: Secret;
  readonly asking?: AskingClient;
  /** It is about the account itself: afterwards back to its factors. */
  readonly again: boolean;
}

/** What is wrong with a code that was typed. */
export type CodeProblem = 'missing' | 'wrong' | 'expired';

/** What the pages of the second step look like. */
@Injectable()
export class SecondStepView {
  constructor(
    private readonly pages: Pages,
    private readonly forms: PageForms,
    private readonly cookies: BrowserCookies,
    private readonly browsers: BrowserSessions,
    private readonly interactions: InteractionsService,
  ) {}

  /** Who came, and what for. */
  async visit(request: FastifyRequest, fields: FormFields): Promise<StepVisit> {
    const handle = this.forms.handle(fields);
    const owner = handle && (await this.interactions.owner(this.pages.step(request, handle)));
    const session = (await this.browsers.signedIn(request))?.session;
    const half = this.forms.secret(fields, 'half');
    return {
      place: { half, browser: this.cookies.browser(request), session },
      ...(handle && { handle }),
      ...(owner && { asking: owner.asking }),
      again: fields.has('again'),
    };
  }

  /** Whose account it is, as the authenticator app names it. */
  issuer({ asking }: StepVisit): string {
    return asking?.projectName ?? 'Carekey';
  }

  /** The question for a factor. @param wish the kind that the person would rather use. */
  question(
    request: FastifyRequest,
    reply: FastifyReply,
    visit: StepVisit,
    { kinds }: SecondStep,
    wish: string | undefined,
    problem?: 'missing' | 'wrong',
    status = 200,
  ): void {
    const language = this.pages.language(request, visit.asking);
    const { secondFactor } = language.strings;
    const kind = kinds.find((one) => one === wish) ?? kinds[0]!;
    const address = stepAddress('prove', { ...visit, half: visit.place.half });
    const others = kinds
      .filter((one) => one !== kind)
      .map((one) => ({ href: `${address}&kind=${one}`, label: secondFactor.kinds[one].use }));
    const data = { kind, words: secondFactor.kinds[kind], others, ...problemsOf(language, problem) };
    this.send(request, reply, 'second-factor', secondFactor.title, visit, data, status);
  }

  /** What to scan. */
  setup(
    request: FastifyRequest,
    reply: FastifyReply,
    visit: StepVisit,
    { uri, qrCode }: TotpSetup,
    problem: CodeProblem | undefined,
  ): void {
    const language = this.pages.language(request, visit.asking);
    const data = { qrCode, key: secretOf(uri), needed: !visit.again, ...problemsOf(language, problem) };
    this.send(request, reply, 'enrol-factor', language.strings.enrol.title, visit, data, problem ? 400 : 200);
  }

  /** Recovery codes, this once. @param next where the person goes on. */
  codes(
    request: FastifyRequest,
    reply: FastifyReply,
    visit: Omit<StepVisit, 'place'>,
    codes: readonly string[],
    next: string,
  ): void {
    const { title } = this.pages.language(request, visit.asking).strings.recovery;
    this.send(request, reply, 'recovery-codes', title, visit, { codes, next }, 200);
  }

  /** No try is left for now. */
  tooMany(request: FastifyRequest, reply: FastifyReply, visit: StepVisit, seconds: number): void {
    const language = this.pages.language(request, visit.asking);
    const { secondFactor } = language.strings;
    const sentence = fill(secondFactor.tooMany, { wait: waitInWords(language, seconds) });
    const link = { href: '/signin', label: language.strings.signIn.title };
    const data = { heading: secondFactor.title, explanation: sentence, whatToDo: secondFactor.lost, link };
    this.send(request, reply, 'message', secondFactor.title, visit, data, 429);
  }

  private send(
    request: FastifyRequest,
    reply: FastifyReply,
    view: string,
    title: string,
    visit: Partial<StepVisit>,
    data: object,
    status: number,
  ): void {
    const { asking, handle, again, place } = visit;
    const language = this.pages.language(request, asking);
    const csrf = this.forms.token(request, reply, 'second-step');
    const frame = { language, title, ...(asking && { asking, formAction: asking.formAction }) };
    const common = { csrf, request: handle, again, half: place?.half, problems: [] };
    this.pages.send(reply, view, frame, { ...common, ...data }, status);
  }
}

function problemsOf({ strings }: Language, problem: CodeProblem | undefined) {
  if (!problem) return {};
  const { secondFactor, enrol } = strings;
  const sentence = problem === 'expired' ? enrol.expired : secondFactor[problem];
  return { problems: [{ field: 'code', sentence }] };
}
