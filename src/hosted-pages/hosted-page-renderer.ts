import { Injectable } from '@nestjs/common';
import type { ErrorPage, PageRenderer, RenderedPage } from '../auth-grants/page-renderer.js';
import { pageHeaders } from './page-headers.js';
import { renderView } from './page-views.js';
import { chooseLanguage, languageTags } from './strings.js';

/** Renders the pages that OAuth endpoints show when they may not redirect. */
@Injectable()
export class HostedPageRenderer implements PageRenderer {
  readonly languages = languageTags;

  errorPage({ title, explanation, whatToDo, requestId }: ErrorPage): RenderedPage {
    const language = chooseLanguage(undefined);
    const html = renderView(
      'message',
      { language, title },
      { heading: title, explanation, whatToDo, requestId },
    );
    return { html, headers: pageHeaders() };
  }
}
