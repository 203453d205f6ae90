import type { FastifyReply, FastifyRequest } from 'fastify';
import { digest } from '../kernel/secrets.js';

/** A JSON document that is made once and served as bytes, with an ETag (RFC 9110 section 8.8.3). */
export class CachedDocument {
  private readonly bytes: Buffer;
  private readonly etag: string;

  /** @param maxAge seconds for which others may cache it. @param type what it is sent as. */
  constructor(
    content: object,
    private readonly maxAge: number,
    private readonly type = 'application/json; charset=utf-8',
  ) {
    this.bytes = Buffer.from(JSON.stringify(content));
    this.etag = `"${digest(this.bytes.toString()).toString('base64url').slice(0, 27)}"`;
  }

  /** Sends the document, or 304 to a client that has it. Readable from any origin: it holds nothing private. */
  send(request: FastifyRequest, reply: FastifyReply): void {
    reply.header('etag', this.etag).header('cache-control', `public, max-age=${this.maxAge}`);
    if (request.headers['if-none-match'] === this.etag) {
      reply.status(304).send();
      return;
    }
    reply.header('content-type', this.type).send(this.bytes);
  }
}
