import { Injectable } from '@nestjs/common';
import type { ErrorPage, PageRenderer, RenderedPage } from '../auth-grants/page-renderer.js';
@Injectable()
export class HostedPageRenderer implements PageRenderer {
  errorPage(page: ErrorPage): RenderedPage { return { html: `<h1>${page.title}</h1>`, headers: { 'content-type': 'text/html; charset=utf-8' } }; }
}
