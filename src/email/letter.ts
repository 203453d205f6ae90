import { fill } from '../kernel/escape.js';
import type { Mail } from './mail-kinds.js';
import { lifeInWords, type MailLanguage, momentInWords, plainName } from './strings.js';

/** What a mail says, before it gets its form. All of it is plain text; `link` is an address. */
export interface Letter {
  readonly subject: string;
  readonly heading: string;
  readonly greeting: string;
  readonly paragraphs: readonly string[];
  readonly button?: { readonly label: string; readonly link: string };
  readonly code?: string;
  /** How long the link or code works. */
  readonly life?: string;
  readonly notYou: string;
  readonly why: string;
  readonly sentBy: string;
  readonly brand: string;
}

/** Words that stand in place of the server's own: plain text with `{variables}`. */
export interface OwnWords {
  readonly subject: string;
  readonly heading: string;
  /** Paragraphs, with empty lines between them. */
  readonly body: string;
  readonly button: string | null;
}

/** The parts in which the kinds differ. */
type Parts = Pick<Letter, 'button' | 'code'> & {
  readonly text: readonly string[];
  readonly notYou?: string;
  /** Values of the kind's own; names among them have gone through `plainName`. */
  readonly values?: Readonly<Record<string, string>>;
  readonly expiresAt?: Date;
};

/**
 * Writes a mail in a language.
 * @param writtenAt what the life of its link is counted from
 * @param own words of a project, in that language
 */
export function writeLetter(mail: Mail, language: MailLanguage, writtenAt: Date, own?: OwnWords): Letter {
  const { strings } = language;
  const { personName, projectName } = mail.data;
  const parts = partsOf(mail, language);
  const project = plainName(projectName ?? strings.product);
  const app = 'appName' in mail.data && mail.data.appName ? plainName(mail.data.appName) : project;
  // What is not known of this mail reads as the project, in words of its own.
  const values = { product: strings.product, project, app, inviter: project, device: app, ...parts.values };
  const words = own ?? strings.kinds[mail.kind];
  const standing = strings.kinds[mail.kind];
  const text = own ? own.body.split(/\n{2,}/) : parts.text;
  const button = parts.button && { ...parts.button, label: fill(own?.button ?? parts.button.label, values) };
  const life =
    parts.expiresAt &&
    fill(parts.code ? strings.codeLife : strings.linkLife, {
      life: lifeInWords(language, parts.expiresAt.getTime() - writtenAt.getTime()),
    });
  return {
    subject: fill(words.subject, values),
    heading: fill(words.heading, values),
    greeting: personName
      ? fill(strings.greeting, { person: plainName(personName) })
      : strings.greetingNameless,
    paragraphs: text.map((paragraph) => fill(paragraph, values)),
    ...(button && { button }),
    ...(parts.code && { code: parts.code }),
    ...(life && { life }),
    notYou: fill(parts.notYou ?? standing.notYou, values),
    why: fill(standing.why, values),
    sentBy: fill(projectName ? strings.sentBy : strings.sentByServer, values),
    brand: project,
  };
}

function partsOf(mail: Mail, { strings, ...language }: MailLanguage): Parts {
  const { kind, data } = mail;
  switch (kind) {
    case 'set-password':
    case 'welcome-to-project': {
      const words = strings.kinds[kind];
      const inviter = data.inviterName && plainName(data.inviterName);
      return {
        text: [inviter ? words.textBy : words.text],
        button: { label: words.button, link: data.link },
        ...(inviter && { values: { inviter } }),
        ...('expiresAt' in data && { expiresAt: data.expiresAt }),
      };
    }
    case 'reset-password':
    case 'verify-email':
    case 'magic-link': {
      const words = strings.kinds[kind];
      const { link, expiresAt } = data;
      return { text: [words.text], button: { label: words.button, link }, expiresAt };
    }
    case 'email-changed': {
      const words = strings.kinds[kind];
      const values = { address: data.newAddress };
      if (data.side === 'new') return { text: [words.textNew], notYou: words.notYouNew, values };
      const { link, expiresAt } = data;
      return { text: [words.text], button: { label: words.button, link }, values, expiresAt };
    }
    case 'factor-added':
      return { text: [strings.kinds[kind].text], values: { factor: strings.factors[data.factor] } };
    case 'factor-removed': {
      const { text, textByAdmin } = strings.kinds[kind];
      return { text: [data.byAdmin ? textByAdmin : text], values: { factor: strings.factors[data.factor] } };
    }
    case 'new-sign-in': {
      const words = strings.kinds[kind];
      const device = data.device && plainName(data.device);
      const time = momentInWords({ strings, ...language }, data.at);
      return {
        text: [device ? words.textDevice : words.text, ...(data.appName ? [words.textApp] : [])],
        values: { time, ip: data.ip, ...(device && { device }) },
      };
    }
    case 'email-code':
      return { text: [strings.kinds[kind].text], code: data.code, expiresAt: data.expiresAt };
  }
}
