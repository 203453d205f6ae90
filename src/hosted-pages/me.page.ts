import { Controller, Get, HttpCode, Post, Req, Res, UseFilters } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Access } from '../authentication/access.decorator.js';
import { BrowserCookies } from '../kernel/cookies.js';
import { parseId } from '../kernel/ids.js';
import { AccountView, type SignedIn } from './account-view.js';
import { PageErrorFilter } from './page-error.filter.js';
import { type FormFields, PageForms } from './page-forms.js';
import { Pages } from './pages.js';

/** `/me`: the person's profile, memberships, apps and sessions, and the ways out. */
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
  async show(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const done = this.forms.query(request).get('done');
    const found = await this.account.signedIn(request);
    if (!found) return this.pages.redirect(reply, '/signin');
    const language = this.pages.language(request);
    const { title, ended, disconnected, signedOutElsewhere, passwordChanged, accepted } = language.strings.me;
    const notices = new Map([
      ['session', ended],
      ['app', disconnected],
      ['membership', accepted],
      ['elsewhere', signedOutElsewhere],
      ['password', passwordChanged],
    ]);
    const notice = done && notices.get(done);
    const data = await this.account.data(found, language);
    const csrf = this.forms.token(request, reply, 'account');
    this.pages.send(reply, 'me', { language, title }, { ...data, notice, csrf });
  }

  @Post('me/sessions/end')
  @HttpCode(303)
  @Access('public')
  async endSession(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.change(request, reply, 'session', (found, fields) => {
      const id = parseId<'Session'>(fields.get('session'));
      return id && this.account.endSession(request, found, id);
    });
  }

  @Post('me/apps/end')
  @HttpCode(303)
  @Access('public')
  async disconnect(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.change(request, reply, 'app', (found, fields) => {
      const id = parseId<'ClientApplication'>(fields.get('app'));
      return id && this.account.disconnect(request, found, id);
    });
  }

  @Post('me/memberships/accept')
  @HttpCode(303)
  @Access('public')
  async accept(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.change(request, reply, 'membership', (found, fields) => {
      const id = parseId<'ProjectMembership'>(fields.get('membership'));
      return id && this.account.accept(request, found, id);
    });
  }

  @Post('signout')
  @HttpCode(303)
  @Access('public')
  async signOut(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const action = this.forms.read(request, 'account').get('action');
    const everywhere = action === 'everywhere';
    const found = await this.account.signedIn(request);
    if (found && action === 'elsewhere') {
      await this.account.signOutElsewhere(request, found);
      return this.pages.redirect(reply, '/me?done=elsewhere');
    }
    if (found) await this.account.signOut(request, found, everywhere);
    this.cookies.clearSession(reply);
    const query = new URLSearchParams({
      ...(everywhere && { everywhere: '1' }),
      ...(found?.user.projectId && { project: found.user.projectId }),
    });
    this.pages.redirect(reply, `/signed-out${query.size > 0 ? `?${query}` : ''}`);
  }

  @Get('signed-out')
  @Access('public')
  signedOut(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    const query = this.forms.query(request);
    const language = this.pages.language(request);
    const { title, here, everywhere, whatToDo, again } = language.strings.signedOut;
    const project = parseId<'Project'>(query.get('project'));
    const href = project ? `/signin?project=${project}` : '/signin';
    const explanation = query.has('everywhere') ? everywhere : here;
    const data = { heading: title, explanation, whatToDo, link: { href, label: again } };
    this.pages.send(reply, 'message', { language, title }, data);
  }

  /** Does one thing for the person who is signed in, and comes back to the page, which says so if it was done. */
  private async change(
    request: FastifyRequest,
    reply: FastifyReply,
    name: string,
    act: (found: SignedIn, fields: FormFields) => Promise<boolean> | undefined,
  ): Promise<void> {
    const fields = this.forms.read(request, 'account');
    const found = await this.account.signedIn(request);
    if (!found) return this.pages.redirect(reply, '/signin');
    this.pages.redirect(reply, (await act(found, fields)) ? `/me?done=${name}` : '/me');
  }
}
