import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { InteractionStep, NextInteraction } from '../auth-grants/authorize/interaction.types.js';
import { InteractionsService } from '../auth-grants/authorize/interactions.service.js';
import { type FormFields, PageForms } from './page-forms.js';
import { Pages, pathOf } from './pages.js';
import type { Language, Strings } from './strings.js';

/** What a signed-in person may be asked on the way of an authorization request. */
type Question = 'select-account' | 'choose-membership' | 'consent';

/** A kept request that stands at such a question. */
type Asked<Kind extends Question> = Extract<NextInteraction, { readonly kind: Kind }>;

const titles: Readonly<Record<Question, (strings: Strings) => string>> = {
  'select-account': ({ account }) => account.title,
  'choose-membership': ({ choose }) => choose.title,
  consent: ({ consent }) => consent.title,
};

/** The pages of the questions: what is the same before and after each of them. View, form and path have one name. */
@Injectable()
export class InteractionPages {
  constructor(
    private readonly pages: Pages,
    private readonly forms: PageForms,
    private readonly interactions: InteractionsService,
  ) {}

  /**
   * Shows the page of a question to the browser whose request stands at it; any other one goes to where its request stands.
   * @param data what the view needs beyond who asks.
   */
  async show<Kind extends Question>(
    request: FastifyRequest,
    reply: FastifyReply,
    kind: Kind,
    data: (asked: Asked<Kind>, language: Language) => object,
  ): Promise<void> {
    const handle = this.forms.handle(this.forms.query(request));
    if (!handle) return this.pages.message(request, reply, 410, 'gone');
    const next = await this.interactions.next(this.pages.step(request, handle));
    if (!standsAt(next, kind)) return this.pages.follow(request, reply, next, handle);
    const { asking } = next as Asked<Question>;
    const language = this.pages.language(request, asking);
    const title = titles[kind](language.strings);
    const name = pathOf[kind];
    const csrf = this.forms.token(request, reply, name);
    const frame = { language, title, asking, formAction: asking.formAction };
    this.pages.send(reply, name, frame, { csrf, request: handle, asking, ...data(next, language) });
  }

  /**
   * Takes the form of a question, and sends the browser to where its request goes on.
   * @param answer what the form says, done; `undefined` when it says nothing that can be done: the question stays.
   */
  async submit(
    request: FastifyRequest,
    reply: FastifyReply,
    kind: Question,
    answer: (step: InteractionStep, fields: FormFields) => Promise<NextInteraction> | undefined,
  ): Promise<void> {
    const fields = this.forms.read(request, pathOf[kind]);
    const handle = this.forms.handle(fields);
    if (!handle) return this.pages.message(request, reply, 410, 'gone');
    const step = this.pages.step(request, handle);
    const given = fields.get('action') === 'cancel' ? this.interactions.cancel(step) : answer(step, fields);
    this.pages.follow(request, reply, await (given ?? this.interactions.next(step)), handle);
  }
}

function standsAt<Kind extends Question>(next: NextInteraction, kind: Kind): next is Asked<Kind> {
  return next.kind === kind;
}
