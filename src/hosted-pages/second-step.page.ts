import { Controller, Get, HttpCode, Post, Req, Res, UseFilters } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { InteractionsService } from '../auth-grants/authorize/interactions.service.js';
import { SignInTraffic } from '../auth-grants/sign-in-traffic.js';
import { Access } from '../authentication/access.decorator.js';
import { BrowserCookies } from '../kernel/cookies.js';
import { AppError } from '../kernel/errors.js';
import { SecondStepService, type StepResult } from '../logins/second-step.service.js';
import { PageErrorFilter } from './page-error.filter.js';
import { type FormFields, PageForms } from './page-forms.js';
import { Pages } from './pages.js';
import { SecondStepView, type StepVisit } from './second-step-view.js';
import { afterSignIn, stepAddress } from './sign-in-view.js';

/** `/signin/factor` and `/signin/enrol`: the second step of a sign-in, or of whoever is signed in with less than is needed. */
@Controller('signin')
@UseFilters(PageErrorFilter)
export class SecondStepPage {
  constructor(
    private readonly pages: Pages,
    private readonly forms: PageForms,
    private readonly view: SecondStepView,
    private readonly steps: SecondStepService,
    private readonly cookies: BrowserCookies,
    private readonly traffic: SignInTraffic,
    private readonly interactions: InteractionsService,
  ) {}

  @Get('factor')
  @Access('public')
  async ask(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const query = this.forms.query(request);
    const visit = await this.view.visit(request, query);
    const found = await this.steps.find(visit.place);
    if (!found) return this.pages.message(request, reply, 410, 'gone');
    if (found.kinds.length === 0) return this.pages.redirect(reply, stepAddress('enrol', addressOf(visit)));
    this.view.question(request, reply, visit, found, query.get('kind'));
  }

  @Post('factor')
  @HttpCode(303)
  @Access('public')
  async prove(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const fields = this.forms.read(request, 'second-step');
    const visit = await this.view.visit(request, fields);
    if (await this.cancelled(request, reply, visit, fields)) return;
    const found = await this.steps.find(visit.place);
    if (!found) return this.pages.message(request, reply, 410, 'gone');
    const kind = found.kinds.find((one) => one === fields.get('kind'));
    const code = fields.get('code')?.trim() ?? '';
    if (!kind || code === '') return this.view.question(request, reply, visit, found, kind, 'missing', 400);
    await this.traffic.take(request);
    const result = await this.steps.prove(this.pages.anonymous(request), visit.place, kind, code);
    if (result.ok) return this.enter(request, reply, visit, result);
    if (result.reason === 'wrong')
      return this.view.question(request, reply, visit, found, kind, 'wrong', 400);
    this.stop(request, reply, visit, result);
  }

  @Get('enrol')
  @Access('public')
  async enrolment(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.setup(request, reply, await this.view.visit(request, this.forms.query(request)));
  }

  @Post('enrol')
  @HttpCode(303)
  @Access('public')
  async enrol(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const fields = this.forms.read(request, 'second-step');
    const visit = await this.view.visit(request, fields);
    if (await this.cancelled(request, reply, visit, fields)) return;
    const code = fields.get('code')?.trim() ?? '';
    if (code === '') return this.setup(request, reply, visit, 'missing');
    await this.traffic.take(request);
    const actor = this.pages.anonymous(request);
    const result = await this.steps.enrol(actor, visit.place, code).catch(unlessEnrolled);
    if (result.ok) return this.enter(request, reply, visit, result);
    if (result.reason === 'wrong' || result.reason === 'expired')
      return this.setup(request, reply, visit, result.reason);
    this.stop(request, reply, visit, result);
  }

  /** The picture to scan; whoever may not see one signs in again, and whoever has an app already goes on. */
  private async setup(
    request: FastifyRequest,
    reply: FastifyReply,
    visit: StepVisit,
    problem?: 'missing' | 'wrong' | 'expired',
  ): Promise<void> {
    try {
      const setup = await this.steps.beginEnrolment(visit.place, this.view.issuer(visit));
      if (setup) return this.view.setup(request, reply, visit, setup, problem);
      return this.over(request, reply, visit);
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'factor-already-enrolled') throw error;
      return this.pages.redirect(reply, visit.place.half ? '/signin' : afterSignIn(visit));
    }
  }

  private async cancelled(
    request: FastifyRequest,
    reply: FastifyReply,
    { handle }: StepVisit,
    fields: FormFields,
  ): Promise<boolean> {
    if (fields.get('action') !== 'cancel' || !handle) return false;
    const next = await this.interactions.cancel(this.pages.step(request, handle));
    this.pages.follow(request, reply, next, handle);
    return true;
  }

  private enter(
    request: FastifyRequest,
    reply: FastifyReply,
    visit: StepVisit,
    { session, codes = [] }: Extract<StepResult, { ok: true }>,
  ): void {
    this.cookies.setSession(reply, session);
    const next = afterSignIn(visit);
    if (codes.length === 0) this.pages.redirect(reply, next);
    else this.view.codes(request, reply, visit, codes, next);
  }

  private stop(
    request: FastifyRequest,
    reply: FastifyReply,
    visit: StepVisit,
    result: Extract<StepResult, { ok: false }>,
  ): void {
    if (result.reason === 'too-many') {
      reply.header('retry-after', String(result.retryAfterSeconds));
      this.view.tooMany(request, reply, visit, result.retryAfterSeconds);
    } else this.over(request, reply, visit);
  }

  /** This step cannot be taken: whoever is signed in signs in again. */
  private over(request: FastifyRequest, reply: FastifyReply, { place, handle }: StepVisit): void {
    if (place.half || !place.session) this.pages.message(request, reply, 410, 'gone');
    else this.pages.redirect(reply, handle ? `/signin?request=${handle}` : '/signin?again=1');
  }
}

const addressOf = ({ handle, again, place: { half } }: StepVisit) => ({ handle, again, half });

/** Somebody was faster, in another window: this step is over. */
function unlessEnrolled(error: unknown): StepResult {
  if (error instanceof AppError && error.code === 'factor-already-enrolled')
    return { ok: false, reason: 'gone' };
  throw error;
}
