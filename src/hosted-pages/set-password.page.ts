import { Controller, Get, HttpCode, Param, Post, Req, Res, UseFilters } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type PasswordLink, PasswordLinksService } from '../account/password-links.service.js';
import { SignInTraffic } from '../auth-grants/sign-in-traffic.js';
import { Access } from '../authentication/access.decorator.js';
import { fill } from '../kernel/escape.js';
import { checkFields, type FieldProblem, revealOf } from './field-checks.js';
import { pageAssets } from './page-assets.js';
import { PageErrorFilter } from './page-error.filter.js';
import { type FormFields, PageForms } from './page-forms.js';
import { Pages } from './pages.js';
import { phrase } from './strings.js';

/** The two parts of a link. */
interface Parts {
  readonly id: string;
  readonly secret: string;
}

/**
 * `/setpassword/<id>/<secret>`: sets the first password of somebody invited, or a new one. GET shows, POST consumes: mail
 * scanners follow links (F74). No session is opened or changed, whoever is signed in in this browser.
 */
@Controller('setpassword')
@UseFilters(PageErrorFilter)
export class SetPasswordPage {
  constructor(
    private readonly pages: Pages,
    private readonly forms: PageForms,
    private readonly traffic: SignInTraffic,
    private readonly links: PasswordLinksService,
  ) {}

  @Get(':id/:secret')
  @Access('public')
  async show(
    @Param() parts: Parts,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const found = await this.links.describe(parts.id, parts.secret);
    if (found.ok) this.form(request, reply, parts, found.link, new Map(), []);
    else this.gone(request, reply);
  }

  @Post(':id/:secret')
  @HttpCode(303)
  @Access('public')
  async submit(
    @Param() parts: Parts,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const fields = this.forms.read(request, 'set-password');
    const language = this.pages.language(request);
    const { id, secret } = parts;
    if (fields.get('action') === 'open') await this.links.open(id, secret);
    const found = await this.links.describe(id, secret);
    if (!found.ok) return this.gone(request, reply);
    const { link } = found;
    if (fields.get('action') === 'open' || revealOf(language, fields).asked)
      return this.form(request, reply, parts, link, fields, []);
    const problems = checkFields(language, fields, ['password']);
    if (problems.length > 0) return this.form(request, reply, parts, link, fields, problems);
    await this.traffic.take(request);
    const actor = this.pages.anonymous(request);
    const result = await this.links.setPassword(actor, id, secret, fields.get('password')!);
    if (result.ok) {
      const own = link.user.projectId;
      return this.pages.redirect(reply, own ? `/signin?ready=1&project=${own}` : '/signin?ready=1');
    }
    if (result.fault !== 'password') return this.gone(request, reply);
    this.form(request, reply, parts, link, fields, [{ field: 'password', sentence: result.sentence }]);
  }

  private form(
    request: FastifyRequest,
    reply: FastifyReply,
    { id, secret }: Parts,
    { purpose, user, project, minimum, opened }: PasswordLink,
    fields: FormFields,
    problems: readonly FieldProblem[],
  ): void {
    const language = this.pages.language(request);
    const words = language.strings.setPassword;
    const invited = purpose === 'invite';
    const person = user.email ?? `${user.givenName} ${user.familyName}`;
    const projectName = project?.name ?? language.strings.product;
    const heading = invited ? words.inviteTitle : words.resetTitle;
    const reveal = revealOf(language, fields);
    const data = {
      csrf: this.forms.token(request, reply, 'set-password'),
      action: `/setpassword/${id}/${secret}`,
      heading,
      intro: phrase(invited ? words.inviteIntro : words.resetIntro, { person, project: projectName }),
      email: person,
      hint: fill(words.hint, { minimum: String(minimum) }),
      // Asked once, by a button: opening a page says nothing about a person.
      asksFirst: !opened && fields.size === 0,
      problems,
      notice: reveal.notice,
      showPassword: reveal.shown,
      focus: problems.length === 0,
    };
    const frame = {
      language,
      title: heading,
      scripts: [pageAssets.signIn.path],
      asking: { projectName: project?.name },
    };
    this.pages.send(reply, 'set-password', frame, data, problems.length > 0 ? 400 : 200);
  }

  private gone(request: FastifyRequest, reply: FastifyReply): void {
    const language = this.pages.language(request);
    const { title, explanation, whatToDo, again } = language.strings.setPassword.gone;
    const data = { heading: title, explanation, whatToDo, link: { href: '/resetpassword', label: again } };
    this.pages.send(reply, 'message', { language, title }, data, 410);
  }
}
