import type { FastifyReply } from 'fastify';

/** What an error page says. */
export interface ErrorPage {
  readonly status: number;
  /** What happened, in a few words. */
  readonly title: string;
  readonly explanation: string;
  readonly whatToDo: string;
  readonly requestId: string;
}

/** A page ready to be sent. */
export interface RenderedPage {
  readonly html: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Renders the pages that OAuth endpoints show when they may not redirect; `app.module` binds it to hosted pages. */
export interface PageRenderer {
  /** The languages that pages are in (BCP 47). */
  readonly languages: readonly string[];
  errorPage(page: ErrorPage): RenderedPage;
}

/** Sends a refusal that only the person gets to see: nothing tells that an address of the app is good. */
export function sendRefusalPage(
  pages: PageRenderer,
  reply: FastifyReply,
  { title, explanation }: Pick<ErrorPage, 'title' | 'explanation'>,
  requestId: string,
): void {
  const whatToDo = 'Go back to the app and try again. If it happens again, tell the people who run the app.';
  const page = pages.errorPage({ status: 400, title, explanation, whatToDo, requestId });
  reply.status(400).headers(page.headers).send(page.html);
}

/** Injection token of the `PageRenderer`. */
export const PAGE_RENDERER = Symbol('PageRenderer');
