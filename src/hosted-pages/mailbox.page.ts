import { Controller, Get, Param, Req, Res, UseFilters } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Access } from '../authentication/access.decorator.js';
import { OnBehalfOf } from '../authentication/on-behalf-of.decorator.js';
import { EmailService, type KeptMail } from '../email/email.service.js';
import { Clock } from '../kernel/clock.js';
import { Db } from '../kernel/db.js';
import { notFound } from '../kernel/errors.js';
import { fill } from '../kernel/escape.js';
import { isLocalPeer } from '../kernel/local-peer.js';
import { PageErrorFilter } from './page-error.filter.js';
import { pageHeaders } from './page-headers.js';
import { Pages } from './pages.js';
import { agoInWords } from './strings.js';

const mostShown = 100;

/**
 * `/dev/mailbox`: the mail of a server that has no mail server, to be tried out. Only to a person at this machine, and only
 * while the base URL is of this machine too (rulings 26, F77): links that open accounts are in it.
 */
@OnBehalfOf('ignored')
@Controller('dev')
@UseFilters(PageErrorFilter)
export class MailboxPage {
  constructor(
    private readonly pages: Pages,
    private readonly email: EmailService,
    private readonly db: Db,
    private readonly clock: Clock,
  ) {}

  @Get('mailbox')
  @Access('public')
  async list(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const mails = await this.mails(request);
    const language = this.pages.language(request);
    const t = language.strings.mailbox;
    const now = this.clock.now();
    const shown = mails.map(({ id, to, subject, text, createdAt }) => ({
      id,
      subject,
      line: fill(t.line, { to, when: agoInWords(language, createdAt, now) }),
      asHtml: fill(t.asHtml, { subject }),
      parts: text.split(/(https?:\/\/\S+)/),
    }));
    this.pages.send(reply, 'mailbox', { language, title: t.title, wide: true }, { mails: shown });
  }

  /** The same for programs: newest first. */
  @Get('mailbox.json')
  @Access('public')
  async json(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    reply.header('cache-control', 'no-store').send({ mails: await this.mails(request) });
  }

  /** One mail as a mail program would show it: its styles are its own, and it can do nothing but be followed. */
  @Get('mailbox/:id')
  @Access('public')
  async one(
    @Param('id') id: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const mail = (await this.mails(request)).find((candidate) => candidate.id === id);
    if (!mail) return this.pages.message(request, reply, 404, 'notFound');
    const policy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'";
    reply
      .headers({ ...pageHeaders(), 'content-security-policy': `${policy}; form-action 'none'` })
      .send(mail.html);
  }

  private async mails(request: FastifyRequest): Promise<KeptMail[]> {
    if (!this.email.keepsMail || !isLocalPeer(request)) throw notFound();
    return this.db.read((tx) => this.email.keptMails(tx, mostShown));
  }
}
