import { Controller, Get, HttpCode, Post, Req, Res, UseFilters } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ResetPasswordService } from '../account/reset-password.service.js';
import { InteractionsService } from '../auth-grants/authorize/interactions.service.js';
import { SignInTraffic } from '../auth-grants/sign-in-traffic.js';
import { Access } from '../authentication/access.decorator.js';
import { normalizeEmail } from '../identities/email-address.js';
import { type ProjectId, parseId } from '../kernel/ids.js';
import type { Secret } from '../kernel/secrets.js';
import { checkFields, type FieldProblem } from './field-checks.js';
import { PageErrorFilter } from './page-error.filter.js';
import { type FormFields, PageForms } from './page-forms.js';
import { Pages } from './pages.js';

/** From where somebody comes who forgot the password: an app that asks, or the sign-in page of a project. */
interface Origin {
  readonly handle: Secret | undefined;
  readonly projectId: ProjectId | null;
}

/** `/resetpassword`: asks for the address of somebody who forgot the password. The answer is the same for every address. */
@Controller('resetpassword')
@UseFilters(PageErrorFilter)
export class ResetPasswordPage {
  constructor(
    private readonly pages: Pages,
    private readonly forms: PageForms,
    private readonly traffic: SignInTraffic,
    private readonly interactions: InteractionsService,
    private readonly resets: ResetPasswordService,
  ) {}

  @Get()
  @Access('public')
  show(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    this.form(request, reply, this.originOf(this.forms.query(request)), '', []);
  }

  @Post()
  @HttpCode(200)
  @Access('public')
  async submit(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const fields = this.forms.read(request, 'reset-password');
    const language = this.pages.language(request);
    const origin = this.originOf(fields);
    const typed = fields.get('email') ?? '';
    const email = normalizeEmail(typed);
    const problems = checkFields(language, fields, ['email']);
    if (email === undefined && problems.length === 0)
      problems.push({ field: 'email', sentence: language.strings.fields.emailMalformed });
    if (email === undefined || problems.length > 0) return this.form(request, reply, origin, typed, problems);
    await this.traffic.take(request);
    const projectId = await this.projectOf(request, origin);
    await this.resets.ask(this.pages.anonymous(request), { email, projectId, orServerScoped: true });
    const { title, explanation, whatToDo } = language.strings.reset.sent;
    const link = { href: backTo(origin), label: language.strings.reset.back };
    this.pages.send(reply, 'message', { language, title }, { heading: title, explanation, whatToDo, link });
  }

  /** The app that asks belongs to a project; its own people are meant first, as at sign-in. */
  private async projectOf(request: FastifyRequest, { handle, projectId }: Origin): Promise<ProjectId | null> {
    if (!handle) return projectId;
    return (await this.interactions.owner(this.pages.step(request, handle)))?.projectId ?? null;
  }

  private originOf(fields: FormFields): Origin {
    const projectId = parseId<'Project'>(fields.get('project')) ?? null;
    return { handle: this.forms.handle(fields), projectId };
  }

  private form(
    request: FastifyRequest,
    reply: FastifyReply,
    origin: Origin,
    email: string,
    problems: readonly FieldProblem[],
  ): void {
    const language = this.pages.language(request);
    const data = {
      csrf: this.forms.token(request, reply, 'reset-password'),
      request: origin.handle,
      project: origin.projectId,
      email,
      problems,
      focus: problems.length === 0,
      back: backTo(origin),
    };
    const frame = { language, title: language.strings.reset.title };
    this.pages.send(reply, 'reset-password', frame, data, problems.length > 0 ? 400 : 200);
  }
}

function backTo({ handle, projectId }: Origin): string {
  if (handle) return `/signin?request=${handle}`;
  return projectId ? `/signin?project=${projectId}` : '/signin';
}
