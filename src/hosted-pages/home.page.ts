import { Controller, Get, Param, Req, Res, UseFilters } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Access } from '../authentication/access.decorator.js';
import { OnBehalfOf } from '../authentication/on-behalf-of.decorator.js';
import { ClientsService } from '../clients/clients.service.js';
import { EmailService } from '../email/email.service.js';
import { Config } from '../kernel/config.js';
import { Db } from '../kernel/db.js';
import { isLocalPeer } from '../kernel/local-peer.js';
import { assetAt, pageAssets } from './page-assets.js';
import { PageErrorFilter } from './page-error.filter.js';
import { Pages } from './pages.js';

/** `/`, what pages load, and `/dev/app`, an app to try the sign-in with while the base URL is local (rulings 55). */
@OnBehalfOf('ignored')
@Controller()
@UseFilters(PageErrorFilter)
export class HomePage {
  constructor(
    private readonly pages: Pages,
    private readonly config: Config,
    private readonly db: Db,
    private readonly clients: ClientsService,
    private readonly email: EmailService,
  ) {}

  @Get()
  @Access('public')
  home(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    const language = this.pages.language(request);
    const t = language.strings.home;
    const links = [
      { href: '/me', label: t.account, hint: t.accountHint },
      ...(this.mayDevelop(request)
        ? [
            { href: '/dev/app', label: t.devApp, hint: t.devAppHint },
            ...(this.email.keepsMail
              ? [{ href: '/dev/mailbox', label: t.mailbox, hint: t.mailboxHint }]
              : []),
            { href: '/docs', label: t.api, hint: t.apiHint },
          ]
        : []),
      { href: '/.well-known/openid-configuration', label: t.discovery, hint: t.discoveryHint },
    ];
    this.pages.send(reply, 'home', { language, title: t.title }, { links });
  }

  @Get('assets/:name')
  @Access('public')
  asset(@Param('name') name: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    const asset = assetAt(`/assets/${name}`);
    if (!asset) {
      this.pages.message(request, reply, 404, 'notFound');
      return;
    }
    reply
      .header('cache-control', 'public, max-age=31536000, immutable')
      .header('etag', asset.etag)
      .header('cross-origin-resource-policy', 'same-origin');
    if (request.headers['if-none-match'] === asset.etag) reply.status(304).send();
    else reply.type(asset.contentType).send(asset.bytes);
  }

  @Get('dev/app')
  @Access('public')
  devApp(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.tryApp(request, reply, 'dev/app');
  }

  /** The same app for super admins: the token that it shows opens `/graphql` for the whole server. */
  @Get('dev/admin')
  @Access('public')
  devAdmin(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.tryApp(request, reply, 'dev/admin');
  }

  private async tryApp(request: FastifyRequest, reply: FastifyReply, path: string): Promise<void> {
    if (!this.mayDevelop(request)) return this.pages.message(request, reply, 404, 'notFound');
    const redirectUri = this.config.url(path);
    const clientId = (await this.db.read((tx) => this.clients.findByRedirectUri(tx, redirectUri))) ?? '';
    const language = this.pages.language(request);
    const frame = {
      language,
      title: language.strings.devApp.title,
      scripts: [pageAssets.devApp.path],
      wide: true,
    };
    const words = JSON.stringify(language.strings.devApp);
    this.pages.send(reply, 'dev-app', frame, { clientId, redirectUri, issuer: this.config.baseUrl, words });
  }

  private mayDevelop(request: FastifyRequest): boolean {
    return this.config.isLocal && isLocalPeer(request);
  }
}
