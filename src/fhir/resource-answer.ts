import type { FastifyReply, FastifyRequest } from 'fastify';
import { outcomeType } from '../kernel/operation-outcome.js';
import type { Resource } from '../r4/search-row.js';
import { plain } from './plain-resource.js';

/** Whether a request asks to see whose a resource is (wire-spec section 0.4). */
export function isExtended({ headers }: Pick<FastifyRequest, 'headers'>): boolean {
  return headers['x-medplum'] === 'extended';
}

/** What of a resource a request gets to see. */
export function shownTo(request: Pick<FastifyRequest, 'headers'>): (resource: Resource) => Resource {
  return isExtended(request) ? (resource) => resource : plain;
}

/** The headers that say which version is meant (FHIR R4 http.html section 3.1.0.1.3). */
export function addVersionHeaders(reply: FastifyReply, { meta }: Resource): void {
  const { versionId, lastUpdated } = meta ?? {};
  if (typeof versionId === 'string') reply.header('etag', `W/"${versionId}"`);
  if (typeof lastUpdated === 'string') reply.header('last-modified', new Date(lastUpdated).toUTCString());
}

/** Sends FHIR JSON, or nothing but headers. */
export function sendJson(reply: FastifyReply, status: number, body: object | undefined): void {
  // CORS has said that the answer depends on the origin.
  const vary = [reply.getHeader('vary'), 'X-Medplum, X-Medplum-On-Behalf-Of'].filter(Boolean).join(', ');
  reply.status(status).header('vary', vary);
  if (body) reply.header('content-type', outcomeType).send(JSON.stringify(body));
  else reply.send();
}
