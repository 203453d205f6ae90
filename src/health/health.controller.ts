import { Controller, Get, Header, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Access } from '../authentication/access.decorator.js';
import { bearerToken } from '../authentication/access.guard.js';
import { OnBehalfOf } from '../authentication/on-behalf-of.decorator.js';
import { Config } from '../kernel/config.js';
import { notFound } from '../kernel/errors.js';
import { isLocalPeer } from '../kernel/local-peer.js';
import { Metrics } from '../kernel/metrics.js';
import { digest, sameBytes } from '../kernel/secrets.js';
import { ReadinessService } from './readiness.service.js';
import { version } from './version.js';

/** Probes, figures and the word to search engines. */
@OnBehalfOf('ignored')
@Controller()
export class HealthController {
  constructor(
    private readonly readiness: ReadinessService,
    private readonly metrics: Metrics,
    private readonly config: Config,
  ) {}

  /** One answer for people and simple monitors: version and each check. */
  @Get('healthcheck')
  @Access('public')
  async healthcheck(@Res() reply: FastifyReply): Promise<void> {
    const { ready, checks } = await this.readiness.state();
    reply.status(ready ? 200 : 503).send({ ok: ready, version, ...checks });
  }

  /** The process runs; says nothing about what it depends on, so that an outage of those restarts nobody. */
  @Get('livez')
  @Access('public')
  live(): { readonly ok: true; readonly version: string } {
    return { ok: true, version };
  }

  /** The process may be sent requests. */
  @Get('readyz')
  @Access('public')
  async ready(@Res() reply: FastifyReply): Promise<void> {
    const { ready, checks } = await this.readiness.state();
    reply.status(ready ? 200 : 503).send({ ok: ready, checks });
  }

  @Get('version')
  @Access('public')
  version(): { readonly version: string } {
    return { version };
  }

  /** Prometheus text, to this machine or with CAREKEY_METRICS_TOKEN; for anybody else it is not there. */
  @Get('metrics')
  @Access('public')
  async prometheus(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    if (!isLocalPeer(request) && !this.hasToken(request)) throw notFound();
    reply.header('content-type', 'text/plain; version=0.0.4; charset=utf-8').send(await this.metrics.text());
  }

  @Get('robots.txt')
  @Header('content-type', 'text/plain; charset=utf-8')
  @Access('public')
  robots(): string {
    return 'User-agent: *\nDisallow: /\n';
  }

  private hasToken(request: FastifyRequest): boolean {
    const wanted = this.config.settings.CAREKEY_METRICS_TOKEN;
    const token = bearerToken(request.headers.authorization);
    return wanted !== undefined && token !== undefined && sameBytes(digest(token), digest(wanted));
  }
}
