import {
  Controller,
  Get,
  HttpCode,
  Param,
  Post,
  Req,
  Res,
  UnsupportedMediaTypeException,
  UseInterceptors,
} from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Access } from '../authentication/access.decorator.js';
import type { CallerRequest } from '../authentication/access.guard.js';
import { OnBehalfOf } from '../authentication/on-behalf-of.decorator.js';
import { FhirQuotaInterceptor } from './fhir-quota.interceptor.js';
import { FhirSearchService } from './fhir-search.service.js';
import { sendJson, shownTo } from './resource-answer.js';
import { pairsOfForm, pairsOfUrl, type SearchPairs } from './search-pairs.js';

type Asked = FastifyRequest & CallerRequest;

/** Searches of one type (FHIR R4 http.html section 3.1.0.9, search.html). */
@UseInterceptors(FhirQuotaInterceptor)
@Controller('fhir/R4')
@OnBehalfOf('allowed')
export class FhirSearchController {
  constructor(private readonly searches: FhirSearchService) {}

  @Get(':type')
  @Access('member')
  async byUrl(@Req() request: Asked, @Res() reply: FastifyReply, @Param('type') type: string): Promise<void> {
    await this.answer(request, reply, type, pairsOfUrl(request.url));
  }

  /** The same with the parameters in a form, which no log of addresses keeps. */
  @Post(':type/_search')
  @HttpCode(200)
  @Access('member')
  async byForm(
    @Req() request: Asked,
    @Res() reply: FastifyReply,
    @Param('type') type: string,
  ): Promise<void> {
    const isForm = /^application\/x-www-form-urlencoded\s*(;|$)/i.test(request.headers['content-type'] ?? '');
    if (!isForm && request.headers['content-type'] !== undefined) throw new UnsupportedMediaTypeException();
    await this.answer(request, reply, type, [...pairsOfUrl(request.url), ...pairsOfForm(request.body)]);
  }

  private async answer(request: Asked, reply: FastifyReply, type: string, pairs: SearchPairs): Promise<void> {
    const lenient = /(^|[,;\s])handling=lenient\s*($|[,;])/i.test(String(request.headers.prefer ?? ''));
    const { entry, ...bundle } = await this.searches.search(request.caller!, type, pairs, { lenient });
    const shown = entry?.map((one) => ({ ...one, resource: shownTo(request)(one.resource) }));
    sendJson(reply, 200, { ...bundle, ...(shown && { entry: shown }) });
  }
}
