import { Controller, Get, HttpCode, Post, Req, Res, UseFilters } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { InteractionsService } from '../auth-grants/authorize/interactions.service.js';
import { Access } from '../authentication/access.decorator.js';
import { parseId } from '../kernel/ids.js';
import { InteractionPages } from './interaction-pages.js';
import { PageErrorFilter } from './page-error.filter.js';
import { profileTypeInWords } from './strings.js';

/** `/choose-profile`: which membership to go on with, when there are several. */
@Controller('choose-profile')
@UseFilters(PageErrorFilter)
export class ChooseProfilePage {
  constructor(
    private readonly questions: InteractionPages,
    private readonly interactions: InteractionsService,
  ) {}

  @Get()
  @Access('public')
  show(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.questions.show(request, reply, 'choose-membership', ({ person, choices }, language) => ({
      person: person.email,
      choices: choices.map((choice) => ({
        id: choice.membershipId,
        name: choice.profileName,
        type: profileTypeInWords(language, choice.profileType),
        project: choice.projectName,
        label: choice.label,
        pending: choice.pending,
      })),
    }));
  }

  @Post()
  @HttpCode(303)
  @Access('public')
  submit(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.questions.submit(request, reply, 'choose-membership', (step, fields) => {
      const membershipId = parseId<'ProjectMembership'>(fields.get('membership'));
      return membershipId && this.interactions.chooseMembership(step, membershipId);
    });
  }
}
