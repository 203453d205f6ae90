import { Controller, Get, HttpCode, Param, Post, Req, Res, UseFilters } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AddressLinksService } from '../account/address-links.service.js';
import { Access } from '../authentication/access.decorator.js';
import { PageErrorFilter } from './page-error.filter.js';
import { PageForms } from './page-forms.js';
import { Pages } from './pages.js';

/** `/verifyemail/<id>/<secret>`: proves that an address is somebody's. GET shows a button, POST consumes. */
@Controller('verifyemail')
@UseFilters(PageErrorFilter)
export class VerifyEmailPage {
  constructor(
    private readonly pages: Pages,
    private readonly forms: PageForms,
    private readonly links: AddressLinksService,
  ) {}

  /** Shows the same for every link: what it is good for is said to the person who presses the button. */
  @Get(':id/:secret')
  @Access('public')
  show(
    @Param('id') id: string,
    @Param('secret') secret: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): void {
    const language = this.pages.language(request);
    const action = `/verifyemail/${encodeURIComponent(id)}/${encodeURIComponent(secret)}`;
    const data = { csrf: this.forms.token(request, reply, 'verify-email'), action };
    this.pages.send(reply, 'verify-email', { language, title: language.strings.verifyEmail.title }, data);
  }

  @Post(':id/:secret')
  @HttpCode(200)
  @Access('public')
  async submit(
    @Param('id') id: string,
    @Param('secret') secret: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    this.forms.read(request, 'verify-email');
    const fault = await this.links.verify(this.pages.anonymous(request), id, secret);
    const language = this.pages.language(request);
    const { done, gone } = language.strings.verifyEmail;
    const { title, explanation, whatToDo } = fault ? gone : done;
    const data = { heading: title, explanation, whatToDo };
    this.pages.send(reply, 'message', { language, title }, data, fault ? 410 : 200);
  }
}
