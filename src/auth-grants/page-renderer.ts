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
  errorPage(page: ErrorPage): RenderedPage;
}

/** Injection token of the `PageRenderer`. */
export const PAGE_RENDERER = Symbol('PageRenderer');
