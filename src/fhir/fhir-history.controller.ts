import { Controller, Get, Param, Query, Req, Res, UseInterceptors } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Access } from '../authentication/access.decorator.js';
import type { CallerRequest } from '../authentication/access.guard.js';
import { OnBehalfOf } from '../authentication/on-behalf-of.decorator.js';
import { Config } from '../kernel/config.js';
import type { Target } from './fhir-access.service.js';
import { FhirQuotaInterceptor } from './fhir-quota.interceptor.js';
import { FhirReadsService } from './fhir-reads.service.js';
import { historyBundle, historyQuery } from './history-bundle.js';
import { addVersionHeaders, sendJson, shownTo } from './resource-answer.js';

type Asked = FastifyRequest & CallerRequest;

/** What resources were before (FHIR R4 http.html sections 3.1.0.3 and 3.1.0.11). */
@UseInterceptors(FhirQuotaInterceptor)
@Controller('fhir/R4')
@OnBehalfOf('allowed')
export class FhirHistoryController {
  constructor(
    private readonly reads: FhirReadsService,
    private readonly config: Config,
  ) {}

  @Get(':type/:id/_history')
  @Access('member')
  async history(
    @Req() request: Asked,
    @Res() reply: FastifyReply,
    @Param() target: Target,
    @Query() parameters: Record<string, unknown>,
  ): Promise<void> {
    const query = historyQuery(parameters);
    const page = await this.reads.history(request.caller!, target, query);
    sendJson(
      reply,
      200,
      historyBundle(page, query, this.config.url(`fhir/R4/${target.type}/${target.id}`), shownTo(request)),
    );
  }

  @Get(':type/:id/_history/:version')
  @Access('member')
  async version(
    @Req() request: Asked,
    @Res() reply: FastifyReply,
    @Param() { version, ...target }: Target & { readonly version: string },
  ): Promise<void> {
    const resource = await this.reads.version(request.caller!, target, version);
    addVersionHeaders(reply, resource);
    sendJson(reply, 200, shownTo(request)(resource));
  }
}
