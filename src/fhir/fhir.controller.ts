import { Controller, Delete, Get, Param, Patch, Post, Put, Req, Res, UseInterceptors } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Access } from '../authentication/access.decorator.js';
import type { CallerRequest } from '../authentication/access.guard.js';
import { OnBehalfOf } from '../authentication/on-behalf-of.decorator.js';
import { Config } from '../kernel/config.js';
import { allOk } from '../kernel/operation-outcome.js';
import type { Target } from './fhir-access.service.js';
import { FhirQuotaInterceptor } from './fhir-quota.interceptor.js';
import { FhirReadsService } from './fhir-reads.service.js';
import { FhirWritesService, type Written } from './fhir-writes.service.js';
import { addVersionHeaders, isExtended, sendJson, shownTo } from './resource-answer.js';
import { readIfMatch, readIfNoneExist, readPatch, readPreferred, readResource } from './write-request.js';

type Asked = FastifyRequest & CallerRequest;

/**
 * `/fhir/R4`: FHIR resources under the caller's policy (FHIR R4 http.html section 3.1.0). `X-Medplum: extended` shows
 * whose a resource is (wire-spec section 0.4).
 */
@UseInterceptors(FhirQuotaInterceptor)
@Controller('fhir/R4')
@OnBehalfOf('allowed')
export class FhirController {
  constructor(
    private readonly reads: FhirReadsService,
    private readonly writes: FhirWritesService,
    private readonly config: Config,
  ) {}

  @Get(':type/:id')
  @Access('member')
  async read(@Req() request: Asked, @Res() reply: FastifyReply, @Param() target: Target): Promise<void> {
    const resource = await this.reads.read(request.caller!, target);
    addVersionHeaders(reply, resource);
    sendJson(reply, 200, shownTo(request)(resource));
  }

  @Post(':type')
  @Access('member')
  async create(
    @Req() request: Asked,
    @Res() reply: FastifyReply,
    @Param('type') type: string,
  ): Promise<void> {
    const options = { ifNoneExist: readIfNoneExist(request.headers), extended: isExtended(request) };
    const content = readResource(request, type);
    const written = await this.writes.create(request.caller!, type, content, options);
    this.answer(request, reply, written.existed ? 200 : 201, written);
  }

  @Put(':type/:id')
  @Access('member')
  async update(@Req() request: Asked, @Res() reply: FastifyReply, @Param() target: Target): Promise<void> {
    const options = { ifMatch: readIfMatch(request.headers), extended: isExtended(request) };
    const content = readResource(request, target.type, target.id);
    this.answer(request, reply, 200, await this.writes.update(request.caller!, target, content, options));
  }

  @Patch(':type/:id')
  @Access('member')
  async patch(@Req() request: Asked, @Res() reply: FastifyReply, @Param() target: Target): Promise<void> {
    const options = { ifMatch: readIfMatch(request.headers), extended: isExtended(request) };
    const patch = readPatch(request);
    this.answer(request, reply, 200, await this.writes.patch(request.caller!, target, patch, options));
  }

  @Delete(':type/:id')
  @Access('member')
  async remove(@Req() request: Asked, @Res() reply: FastifyReply, @Param() target: Target): Promise<void> {
    await this.writes.remove(request.caller!, target, readIfMatch(request.headers));
    sendJson(reply, 200, allOk);
  }

  private answer(request: Asked, reply: FastifyReply, status: number, written: Written): void {
    const { resource, place, visible, existed } = written;
    addVersionHeaders(reply, resource);
    if (status === 201 || existed) reply.header('location', this.config.url(`fhir/R4/${place}`));
    const preferred = readPreferred(request.headers);
    // Whoever may not read what it wrote learns that it is written.
    const shown = preferred === 'representation' && visible ? shownTo(request)(visible) : allOk;
    sendJson(reply, status, preferred === 'minimal' ? undefined : shown);
  }
}
