import { Controller, Get, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CachedDocument } from '../auth-grants/cached-document.js';
import { Access } from '../authentication/access.decorator.js';
import { OnBehalfOf } from '../authentication/on-behalf-of.decorator.js';
import { Clock } from '../kernel/clock.js';
import { Config } from '../kernel/config.js';
import { outcomeType } from '../kernel/operation-outcome.js';
import { capabilityStatement } from './capability-statement.js';
import { ResourceHomesService } from './resource-homes.service.js';

const maxAgeSeconds = 3600;

/** `/fhir/R4/metadata` (FHIR R4 http.html section 3.1.0.8): anybody may read it, from any origin. */
@Controller('fhir/R4')
@OnBehalfOf('ignored')
export class MetadataController {
  private document: CachedDocument | undefined;

  constructor(
    private readonly config: Config,
    private readonly homes: ResourceHomesService,
    private readonly clock: Clock,
  ) {}

  @Get('metadata')
  @Access('public')
  metadata(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    // Made when it is first asked: the search parameters are those of the FHIR library.
    this.document ??= new CachedDocument(
      capabilityStatement(this.config, this.homes.all, this.clock.date()),
      maxAgeSeconds,
      outcomeType,
    );
    this.document.send(request, reply);
  }
}
