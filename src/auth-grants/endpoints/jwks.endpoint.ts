import { Controller, Get, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Access } from '../../authentication/access.decorator.js';
import { OnBehalfOf } from '../../authentication/on-behalf-of.decorator.js';
import type { JwkSet } from '../../keys/key-ring.js';
import { jwksMaxAge } from '../../keys/key-times.js';
import { KeysService } from '../../keys/keys.service.js';
import { CachedDocument } from '../cached-document.js';

/** `/.well-known/jwks.json` (RFC 7517 section 5): the public keys, those to come and those still to verify with included. */
@OnBehalfOf('ignored')
@Controller('.well-known')
export class JwksEndpoint {
  private made: { readonly set: JwkSet; readonly document: CachedDocument } | undefined;

  constructor(private readonly keys: KeysService) {}

  @Get('jwks.json')
  @Access('public')
  async jwks(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    this.document(await this.keys.jwks()).send(request, reply);
  }

  private document(set: JwkSet): CachedDocument {
    if (this.made?.set !== set) this.made = { set, document: new CachedDocument(set, jwksMaxAge) };
    return this.made.document;
  }
}
