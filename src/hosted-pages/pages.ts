import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type {
  AskingClient,
  InteractionStep,
  NextInteraction,
} from '../auth-grants/authorize/interaction.types.js';
import { type Actor, anonymousActor } from '../kernel/actor.js';
import { BrowserCookies } from '../kernel/cookies.js';
import { fill } from '../kernel/escape.js';
import { rateLimitHeader } from '../kernel/rate-limit.js';
import { RequestContexts } from '../kernel/request-context.js';
import type { Secret } from '../kernel/secrets.js';
import { pageHeaders } from './page-headers.js';
import { type PageFrame, renderView } from './page-views.js';
import type { Strings } from './strings.js';
import { chooseLanguage, type Language, waitInWords } from './strings.js';

/** A standing message of the catalogue. */
export type MessageName = Exclude<keyof Strings['messages'], 'home'>;

/** Sends pages and redirects; what each page has in common. */
@Injectable()
export class Pages {
  constructor(
    private readonly cookies: BrowserCookies,
    private readonly contexts: RequestContexts,
  ) {}

  /** The language of a page: what the app that asks wishes (`ui_locales`), then what the browser says. */
  language(request: FastifyRequest, asking?: AskingClient): Language {
    const wishes = [asking?.uiLocales?.split(' ').join(','), request.headers['accept-language']];
    return chooseLanguage(wishes.filter(Boolean).join(','));
  }

  /** Sends a page. */
  send(
    reply: FastifyReply,
    view: string,
    frame: PageFrame & { readonly formAction?: string },
    data: object,
    status = 200,
  ): void {
    const script = (frame.scripts?.length ?? 0) > 0;
    const headers = pageHeaders({ script, ...(frame.formAction && { formAction: frame.formAction }) });
    reply
      .status(status)
      .headers(headers)
      .send(renderView(view, frame, data));
  }

  /** Sends one of the standing messages. */
  message(
    request: FastifyRequest,
    reply: FastifyReply,
    status: number,
    name: MessageName,
    retryAfter = 30,
  ): void {
    const language = this.language(request);
    const { home, [name]: words } = language.strings.messages;
    const { title, explanation, whatToDo } = words;
    const data = {
      heading: title,
      explanation,
      whatToDo: fill(whatToDo, { wait: waitInWords(language, retryAfter) }),
      requestId: this.contexts.of(request).requestId,
      ...(status === 404 && { link: { href: '/', label: home } }),
    };
    if (status === 429 || status === 503) {
      const state = { name: 'requests', remaining: 0, resetSeconds: retryAfter };
      reply.header('retry-after', String(retryAfter)).header('ratelimit', rateLimitHeader(state, true));
    }
    this.send(reply, 'message', { language, title }, data, status);
  }

  /** Sends the browser on, by GET (RFC 9700 section 4.12): to a path of this server, or to an app. */
  redirect(reply: FastifyReply, location: string): void {
    reply.status(303).headers({ location, 'cache-control': 'no-store' }).send();
  }

  /** Somebody who has proved nothing yet. */
  anonymous(request: FastifyRequest): Actor {
    return anonymousActor(this.contexts.of(request));
  }

  /** What an interaction needs to know about this browser. */
  step(request: FastifyRequest, handle: Secret): InteractionStep {
    return {
      handle,
      browser: this.cookies.browser(request),
      session: this.cookies.session(request),
      request: this.contexts.of(request),
    };
  }

  /** Sends the browser to where an interaction goes on: a page, or back to the app. */
  follow(request: FastifyRequest, reply: FastifyReply, next: NextInteraction, handle: Secret): void {
    if (next.kind === 'redirect') this.redirect(reply, next.location);
    else if (next.kind === 'gone') this.message(request, reply, 410, 'gone');
    else this.redirect(reply, `/${pathOf[next.kind]}?request=${handle}`);
  }
}

/** The page of each interaction. */
export const pathOf = {
  'sign-in': 'signin',
  'select-account': 'select-account',
  'choose-membership': 'choose-profile',
  'second-factor': 'signin/factor',
  'enrol-factor': 'signin/enrol',
  consent: 'consent',
} as const;
