import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Access } from '../authentication/access.decorator.js';
import type { CallerRequest } from '../authentication/access.guard.js';
import { outcomeType } from '../kernel/operation-outcome.js';
import type { Resource } from '../r4/search-row.js';
import { FhirReadsService } from './fhir-reads.service.js';

/** `/fhir/R4`: FHIR resources under the caller's policy. */
@Controller('fhir/R4')
export class FhirController {
  constructor(private readonly reads: FhirReadsService) {}

  /** FHIR R4 http.html section 3.1.0.1. `X-Medplum: extended` shows whose the resource is (wire-spec section 0.4). */
  @Get(':type/:id')
  @Access('member')
  async read(
    @Req() request: FastifyRequest & CallerRequest,
    @Res() reply: FastifyReply,
    @Param('type') type: string,
    @Param('id') id: string,
  ): Promise<void> {
    const resource = await this.reads.read(request.caller!, type, id);
    const { versionId, lastUpdated } = resource.meta ?? {};
    if (typeof versionId === 'string') reply.header('etag', `W/"${versionId}"`);
    if (typeof lastUpdated === 'string') reply.header('last-modified', new Date(lastUpdated).toUTCString());
    const extended = request.headers['x-medplum'] === 'extended';
    reply
      .header('content-type', outcomeType)
      .header('vary', 'X-Medplum')
      .send(JSON.stringify(extended ? resource : plain(resource)));
  }
}

/** Without what the platform of the wire spec adds to FHIR's `meta`. */
function plain(resource: Resource): Resource {
  if (!resource.meta) return resource;
  const { project, author, onBehalfOf, account, accounts, compartment, ...meta } = resource.meta;
  return { ...resource, meta };
}
