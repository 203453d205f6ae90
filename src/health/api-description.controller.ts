import { Controller, Get, Header, Param, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Access } from '../authentication/access.decorator.js';
import { OnBehalfOf } from '../authentication/on-behalf-of.decorator.js';
import { Config } from '../kernel/config.js';
import { notFound } from '../kernel/errors.js';
import { type PackagedFile, packagedHtml, sendPackaged } from '../kernel/packaged-page.js';
import { openApiDocument } from './openapi.js';
import type { Json } from './openapi-schemas.js';
import { version } from './version.js';

const page = packagedHtml({
  title: 'Carekey API',
  styles: ['/docs/swagger-ui.css'],
  element: 'api',
  scripts: ['/docs/swagger-ui-bundle.js', '/docs/start.js'],
});

/** No outside validator, and no credentials kept by the page. */
const start = `SwaggerUIBundle({ url: '/openapi.json', dom_id: '#api', validatorUrl: null, deepLinking: true });\n`;

const files: Readonly<Record<string, PackagedFile>> = {
  'page.html': page,
  'start.js': { text: start },
  'swagger-ui.css': { packaged: 'swagger-ui-dist/swagger-ui.css' },
  'swagger-ui-bundle.js': { packaged: 'swagger-ui-dist/swagger-ui-bundle.js' },
};

/** `GET /openapi.json`, and the page that shows it at `/docs` while the base URL is local. */
@OnBehalfOf('ignored')
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
  docs(@Res() reply: FastifyReply): Promise<void> {
    return this.send(reply, 'page.html');
  }

  @Get('docs/:file')
  @Access('public')
  file(@Param('file') file: string, @Res() reply: FastifyReply): Promise<void> {
    return this.send(reply, file);
  }

  private async send(reply: FastifyReply, file: string): Promise<void> {
    if (!this.config.isLocal) throw notFound();
    await sendPackaged(reply, files, file);
  }
}
