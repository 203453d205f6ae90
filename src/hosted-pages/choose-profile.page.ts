import { Controller, Get, HttpCode, Post, Req, Res, UseFilters } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { InteractionsService } from '../auth-grants/authorize/interactions.service.js';
import { Access } from '../authentication/access.decorator.js';
import { parseId } from '../kernel/ids.js';
import { PageErrorFilter } from './page-error.filter.js';
import { PageForms } from './page-forms.js';
import { Pages } from './pages.js';
import { profileTypeInWords } from './strings.js';

/** `/choose-profile`: which membership to go on with, when there are several. */
@Controller('choose-profile')
@UseFilters(PageErrorFilter)
export class ChooseProfilePage {
  constructor(
    private readonly pages: Pages,
    private readonly forms: PageForms,
    private readonly interactions: InteractionsService,
  ) {}

  @Get()
  @Access('public')
  async show(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const handle = this.forms.handle(this.forms.query(request));
    if (!handle) return this.pages.message(request, reply, 410, 'gone');
    const next = await this.interactions.next(this.pages.step(request, handle));
    if (next.kind !== 'choose-membership') return this.pages.follow(request, reply, next, handle);
    const { asking, person, choices } = next;
    const language = this.pages.language(request, asking);
    const frame = { language, title: language.strings.choose.title, asking, formAction: asking.formAction };
    this.pages.send(reply, 'choose-profile', frame, {
      csrf: this.forms.token(request, reply, 'choose-profile'),
      request: handle,
      asking,
      person: person.email,
      choices: choices.map((choice) => ({
        id: choice.membershipId,
        name: choice.profileName,
        type: profileTypeInWords(language, choice.profileType),
        project: choice.projectName,
        label: choice.label,
        pending: choice.pending,
      })),
    });
  }

  @Post()
  @HttpCode(303)
  @Access('public')
  async submit(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const fields = this.forms.read(request, 'choose-profile');
    const handle = this.forms.handle(fields);
    if (!handle) return this.pages.message(request, reply, 410, 'gone');
    const step = this.pages.step(request, handle);
    const membershipId = parseId<'ProjectMembership'>(fields.get('membership'));
    const next =
      fields.get('action') === 'cancel'
        ? await this.interactions.cancel(step)
        : membershipId
          ? await this.interactions.chooseMembership(step, membershipId)
          : await this.interactions.next(step);
    this.pages.follow(request, reply, next, handle);
  }
}
