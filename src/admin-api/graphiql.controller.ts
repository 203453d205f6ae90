import { readFileSync } from 'node:fs';
import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Access } from '../authentication/access.decorator.js';
import { OnBehalfOf } from '../authentication/on-behalf-of.decorator.js';
import { Config } from '../kernel/config.js';
import { notFound } from '../kernel/errors.js';
import { isLocalPeer } from '../kernel/local-peer.js';
import { type PackagedFile, sendPackaged } from '../kernel/packaged-page.js';

const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Carekey GraphQL</title>
<link rel="stylesheet" href="/graphql/graphiql.css">
<link rel="stylesheet" href="/graphql/page.css">
</head>
<body>
<div id="graphiql"></div>
<script src="/graphql/react.js"></script>
<script src="/graphql/react-dom.js"></script>
<script src="/graphql/graphiql.js"></script>
<script src="/graphql/start.js"></script>
</body>
</html>
`;

const files: Readonly<Record<string, PackagedFile>> = {
  'page.html': { text: page },
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
