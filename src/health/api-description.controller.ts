import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Controller, Get, Header, Param, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Access } from '../authentication/access.decorator.js';
import { Config } from '../kernel/config.js';
import { notFound } from '../kernel/errors.js';
import { openApiDocument } from './openapi.js';
import type { Json } from './openapi-schemas.js';
import { version } from './version.js';

/** What the browsable page may do: its own files, its own styles, calls to this server. */
const docsPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
  "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Carekey API</title>
<link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
<div id="api"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
`;

/** No outside validator, and no credentials kept by the page. */
const start = `SwaggerUIBundle({ url: '/openapi.json', dom_id: '#api', validatorUrl: null, deepLinking: true });\n`;

const packaged: Readonly<Record<string, string>> = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
};

/** `GET /openapi.json`, and the page that shows it at `/docs` while the base URL is local. */
@Controller()
export class ApiDescriptionController {
  private readonly document: Json;

  constructor(private readonly config: Config) {
    this.document = openApiDocument(config.baseUrl, version);
  }

  @Get('openapi.json')
  @Header('cache-control', 'public, max-age=300')
  @Access('public')
  description(): Json {
    return this.document;
  }

  @Get('docs')
  @Access('public')
  docs(@Res() reply: FastifyReply): void {
    this.send(reply, 'text/html; charset=utf-8', page);
  }

  @Get('docs/:file')
  @Access('public')
  async file(@Param('file') file: string, @Res() reply: FastifyReply): Promise<void> {
    if (file === 'start.js') return this.send(reply, 'text/javascript; charset=utf-8', start);
    const type = Object.hasOwn(packaged, file) ? packaged[file] : undefined;
    if (type === undefined) throw notFound();
    const folder = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
    this.send(reply, type, await readFile(join(folder, file)));
  }

  private send(reply: FastifyReply, type: string, body: string | Buffer): void {
    if (!this.config.isLocal) throw notFound();
    reply
      .headers({
        'content-type': type,
        'content-security-policy': docsPolicy,
        'x-content-type-options': 'nosniff',
      })
      .send(body);
  }
}
