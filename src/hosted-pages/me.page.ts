import { Controller, Get, HttpCode, Post, Query, Req, Res, UseFilters } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Access } from '../authentication/access.decorator.js';
import { BrowserCookies } from '../kernel/cookies.js';
import { parseId } from '../kernel/ids.js';
import { AccountView } from './account-view.js';
import { PageErrorFilter } from './page-error.filter.js';
import { PageForms } from './page-forms.js';
import { Pages } from './pages.js';

/** `/me`: the person's profile, memberships and sessions, and the ways out. */
@Controller()
@UseFilters(PageErrorFilter)
export class MePage {
  constructor(
    private readonly pages: Pages,
    private readonly forms: PageForms,
    private readonly cookies: BrowserCookies,
    private readonly account: AccountView,
  ) {}

  @Get('me')
  @Access('public')
  async show(
    @Query('ended') ended: unknown,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const found = await this.account.signedIn(request);
    if (!found) return this.pages.redirect(reply, '/signin');
    const language = this.pages.language(request);
    const frame = { language, title: language.strings.me.title, wide: true };
    const notice = ended === undefined ? undefined : language.strings.me.ended;
    const data = await this.account.data(found, language);
    this.pages.send(reply, 'me', frame, { ...data, notice, csrf: this.forms.token(request, reply) });
  }

  @Post('me/sessions/end')
  @HttpCode(303)
  @Access('public')
  async endSession(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const fields = this.forms.read(request);
    if (!fields) return this.pages.message(request, reply, 403, 'staleForm');
    const found = await this.account.signedIn(request);
    if (!found) return this.pages.redirect(reply, '/signin');
    const id = parseId<'Session'>(fields.get('session'));
    const ended = id !== undefined && (await this.account.endSession(request, found, id));
    this.pages.redirect(reply, ended ? '/me?ended' : '/me');
  }

  @Post('signout')
  @HttpCode(303)
  @Access('public')
  async signOut(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const fields = this.forms.read(request);
    if (!fields) return this.pages.message(request, reply, 403, 'staleForm');
    const everywhere = fields.get('action') === 'everywhere';
    const found = await this.account.signedIn(request);
    if (found) await this.account.signOut(request, found, everywhere);
    this.cookies.clearSession(reply);
    this.pages.redirect(reply, everywhere ? '/signed-out?everywhere' : '/signed-out');
  }

  @Get('signed-out')
  @Access('public')
  signedOut(
    @Query('everywhere') everywhere: unknown,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): void {
    const language = this.pages.language(request);
    const { title, here, everywhere: all, whatToDo, again } = language.strings.signedOut;
    const explanation = everywhere === undefined ? here : all;
    const data = { heading: title, explanation, whatToDo, link: { href: '/signin', label: again } };
    this.pages.send(reply, 'message', { language, title }, data);
  }
}
