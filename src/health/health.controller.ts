import { Controller, Get, Header, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Access } from '../authentication/access.decorator.js';
import { bearerToken } from '../authentication/access.guard.js';
import { Config } from '../kernel/config.js';
import { notFound } from '../kernel/errors.js';
import { isLocalPeer } from '../kernel/local-peer.js';
import { Metrics } from '../kernel/metrics.js';
import { digest, sameBytes } from '../kernel/secrets.js';
import { version } from './version.js';

/** Probes and metrics. */
@Controller()
export class HealthController {
  constructor(
    private readonly metrics: Metrics,
    private readonly config: Config,
  ) {}

  /** What the platform of the seeds answers here too (wire-spec section 0.2). */
  @Get('healthcheck')
  @Access('public')
  async healthcheck(@Res() reply: FastifyReply): Promise<void> {
    const { ready, checks } = await this.metrics.readiness();
    reply.status(ready ? 200 : 503).send({ ok: ready, version, ...checks });
  }

  /** The process runs. */
  @Get('livez')
  @Access('public')
  live(): { ok: true } {
    return { ok: true };
  }

  /** The process can serve: database and notices are there. */
  @Get('readyz')
  @Access('public')
  async ready(@Res() reply: FastifyReply): Promise<void> {
    const { ready, checks } = await this.metrics.readiness();
    reply.status(ready ? 200 : 503).send({ ok: ready, checks });
  }

  @Get('version')
  @Access('public')
  version(): { version: string } {
    return { version };
  }

  /** Prometheus text, to this machine or with CAREKEY_METRICS_TOKEN; for anybody else it is not there (rulings 56). */
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
