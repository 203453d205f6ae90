import { readFileSync } from 'node:fs';
import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Access } from '../authentication/access.decorator.js';
import { OnBehalfOf } from '../authentication/on-behalf-of.decorator.js';
import { Config } from '../kernel/config.js';
import { notFound } from '../kernel/errors.js';
import { isLocalPeer } from '../kernel/local-peer.js';
import { type PackagedFile, packagedHtml, sendPackaged } from '../kernel/packaged-page.js';

const page = packagedHtml({
  title: 'Carekey GraphQL',
  styles: ['/graphql/graphiql.css', '/graphql/page.css'],
  element: 'graphiql',
  scripts: ['/graphql/react.js', '/graphql/react-dom.js', '/graphql/graphiql.js', '/graphql/start.js'],
});

const files: Readonly<Record<string, PackagedFile>> = {
  'page.html': page,
  'page.css': { text: 'body { margin: 0 }\n#graphiql { height: 100dvh }\n' },
  'start.js': { text: readFileSync(new URL('./assets/graphiql.js', import.meta.url), 'utf8') },
  'graphiql.css': { packaged: 'graphiql/graphiql.min.css' },
  'graphiql.js': { packaged: 'graphiql/graphiql.min.js' },
  'react.js': { packaged: 'react/umd/react.production.min.js' },
  'react-dom.js': { packaged: 'react-dom/umd/react-dom.production.min.js' },
};

/**
 * GraphiQL at `GET /graphql`: for development, so only to a person at this machine (rulings 26, 56). It is a page without
 * rights: what it sends needs a token like every other request.
 */
@OnBehalfOf('ignored')
@Controller('graphql')
export class GraphiqlController {
  constructor(private readonly config: Config) {}

  @Get()
  @Access('public')
  page(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.send(request, reply, 'page.html');
  }

  @Get(':file')
  @Access('public')
  file(
    @Param('file') file: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    return this.send(request, reply, file);
  }

  private async send(request: FastifyRequest, reply: FastifyReply, file: string): Promise<void> {
    if (!this.config.isLocal || !isLocalPeer(request)) throw notFound();
    await sendPackaged(reply, files, file);
  }
}
