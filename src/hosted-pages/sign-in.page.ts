import { Controller, Get, HttpCode, Post, Query, Req, Res, UseFilters } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { InteractionsService } from '../auth-grants/authorize/interactions.service.js';
import { Access } from '../authentication/access.decorator.js';
import { anonymousActor } from '../kernel/actor.js';
import { BrowserCookies } from '../kernel/cookies.js';
import { type ProjectId, parseId } from '../kernel/ids.js';
import type { Secret } from '../kernel/secrets.js';
import { SignInService } from '../logins/sign-in.service.js';
import { PageErrorFilter } from './page-error.filter.js';
import { type FormFields, PageForms } from './page-forms.js';
import { Pages } from './pages.js';
import { type SignInProblem, SignInView } from './sign-in-view.js';

/** `/signin`: e-mail and password, for an app that asks or for the person's own account page. */
@Controller('signin')
@UseFilters(PageErrorFilter)
export class SignInPage {
  constructor(
    private readonly pages: Pages,
    private readonly forms: PageForms,
    private readonly view: SignInView,
    private readonly cookies: BrowserCookies,
    private readonly interactions: InteractionsService,
    private readonly signIn: SignInService,
  ) {}

  @Get()
  @Access('public')
  async show(
    @Query() query: Record<string, unknown>,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const given = new Map(
      Object.entries(query).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
    );
    const handle = this.forms.handle(given);
    if (!handle) {
      if (await this.view.isSignedIn(request)) this.pages.redirect(reply, '/me');
      else
        this.view.send(request, reply, {
          project: parseId<'Project'>(given.get('project')),
          ready: given.has('ready'),
        });
      return;
    }
    const next = await this.interactions.next(this.pages.step(request, handle));
    if (next.kind !== 'sign-in') return this.pages.follow(request, reply, next, handle);
    this.view.send(request, reply, {
      handle,
      asking: next.asking,
      email: next.loginHint ?? '',
      notice: next.notice,
    });
  }

  @Post()
  @HttpCode(303)
  @Access('public')
  async submit(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const fields = this.forms.read(request);
    if (!fields) return this.pages.message(request, reply, 403, 'staleForm');
    const handle = this.forms.handle(fields);
    if (!handle)
      return this.attempt(
        request,
        reply,
        fields,
        undefined,
        parseId<'Project'>(fields.get('project')) ?? null,
      );
    const step = this.pages.step(request, handle);
    if (fields.get('action') === 'cancel') {
      return this.pages.follow(request, reply, await this.interactions.cancel(step), handle);
    }
    const owner = await this.interactions.owner(step);
    if (!owner) return this.pages.message(request, reply, 410, 'gone');
    return this.attempt(request, reply, fields, { handle, asking: owner.asking }, owner.projectId);
  }

  private async attempt(
    request: FastifyRequest,
    reply: FastifyReply,
    fields: FormFields,
    kept:
      | { readonly handle: Secret; readonly asking: Parameters<SignInView['send']>[2]['asking'] }
      | undefined,
    projectId: ProjectId | null,
  ): Promise<void> {
    const email = fields.get('email')?.trim() ?? '';
    const password = fields.get('password') ?? '';
    const again = (problem?: SignInProblem, retryAfter?: number) =>
      this.view.send(request, reply, {
        ...kept,
        project: kept ? undefined : (projectId ?? undefined),
        email,
        problem,
        retryAfter,
        showPassword: fields.get('action') === 'show-password',
      });
    const action = fields.get('action');
    if (action === 'show-password' || action === 'hide-password') return again();
    const problem = this.view.problemOf(email, password);
    if (problem) return again(problem);
    const actor = anonymousActor(this.view.context(request));
    await this.view.checkTraffic(request);
    const previous = this.cookies.session(request);
    const result = await this.signIn.withPassword(actor, { email, password, projectId, previous });
    if (!result.ok) {
      return again(
        result.reason === 'wrong' ? 'wrong' : 'tooMany',
        result.reason === 'too-many' ? result.retryAfterSeconds : 0,
      );
    }
    this.cookies.setSession(reply, result.session);
    if (!kept) return this.pages.redirect(reply, '/me');
    const step = { ...this.pages.step(request, kept.handle), session: result.session };
    this.pages.follow(request, reply, await this.interactions.next(step), kept.handle);
  }
}
