import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Eta } from 'eta';
import { escapeHtml } from '../kernel/escape.js';
import { type Letter, type OwnWords, writeLetter } from './letter.js';
import type { Mail } from './mail-kinds.js';
import { mailLanguage } from './strings.js';

/** A mail as it is read. */
export interface RenderedMail {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** BCP 47. */
  readonly language: string;
}

/** What a project decides about a mail. */
export interface MailLook {
  readonly locale?: string | undefined;
  readonly template?: OwnWords | undefined;
  /** Of the button, `#rrggbb`. */
  readonly colour?: string | undefined;
}

const houseColour = '#0b6e69';
const eta = new Eta({ escapeFunction: escapeHtml, autoEscape: true });
const template = readFileSync(fileURLToPath(new URL('./views/mail.eta', import.meta.url)), 'utf8');
eta.loadTemplate('@mail', template);

/**
 * Renders a mail as text and as HTML: nothing in it is loaded from anywhere, nothing tells that it was read.
 * @param writtenAt what the life of its link is counted from
 * @param look language, words and colour, where a project has a say
 */
export function renderMail(mail: Mail, writtenAt: Date, look: MailLook = mail): RenderedMail {
  const language = mailLanguage(look.locale);
  const letter = writeLetter(mail, language, writtenAt, look.template);
  const { linkInFull } = language.strings;
  return {
    subject: letter.subject,
    text: textOf(letter),
    html: eta.render('@mail', {
      letter,
      linkInFull,
      language: language.tag,
      colour: look.colour ?? houseColour,
    }),
    language: language.tag,
  };
}

function textOf(letter: Letter): string {
  const { button, code } = letter;
  const parts = [
    letter.greeting,
    ...letter.paragraphs,
    code && `    ${code}`,
    button && `${button.label}:\n${button.link}`,
    letter.life,
    letter.notYou,
    `-- \n${letter.why}\n${letter.sentBy}`,
  ];
  return `${parts.filter(Boolean).join('\n\n')}\n`;
}
