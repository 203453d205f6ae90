import { z } from 'zod';
import { lineOfText } from '../kernel/input.js';
import { type MailKind, mailKinds } from './mail-kinds.js';
import { mailLanguages } from './strings.js';

/** kind -> what its own words may use, and what they must. The button and the code are placed by the layout, never by words. */
export const templateVariables: Readonly<
  Record<
    MailKind,
    { readonly may: readonly string[]; readonly must: readonly string[]; readonly button: boolean }
  >
> = {
  'set-password': { may: ['project', 'inviter'], must: [], button: true },
  'welcome-to-project': { may: ['project', 'inviter'], must: [], button: true },
  'reset-password': { may: ['project'], must: [], button: true },
  'verify-email': { may: ['project'], must: [], button: true },
  'email-changed': { may: ['project', 'address'], must: ['address'], button: true },
  'factor-added': { may: ['project', 'factor'], must: ['factor'], button: false },
  'factor-removed': { may: ['project', 'factor'], must: ['factor'], button: false },
  'new-sign-in': { may: ['project', 'time', 'ip', 'device', 'app'], must: ['time', 'ip'], button: false },
  'magic-link': { may: ['project', 'app'], must: [], button: true },
  'email-code': { may: ['project', 'app'], must: [], button: false },
};

const paragraphs = z
  .string('must be text')
  .transform((text) => text.normalize('NFC').replace(/\r\n?/g, '\n').trim())
  .refine((text) => text.length >= 1 && text.length <= 4_000, 'must have 1 to 4000 characters')
  .refine((text) => !/[^\P{C}\n]/u.test(text), 'must have no control characters');

const template = z.strictObject({
  kind: z.enum(Object.keys(mailKinds) as MailKind[]),
  language: z.enum(mailLanguages, `must be one of ${mailLanguages.join(', ')}`),
  subject: lineOfText(1, 150),
  heading: lineOfText(1, 150),
  body: paragraphs,
  button: lineOfText(1, 60)
    .nullish()
    .transform((text) => text ?? null),
});

/** A template as input; its variables are those of its kind, whole and known. */
export const templateInput = template.superRefine((given, context) => {
  const { may, must, button } = templateVariables[given.kind];
  const refuse = (field: string, message: string) =>
    context.addIssue({ code: 'custom', path: [field], message });
  for (const field of ['subject', 'heading', 'body', 'button'] as const) {
    const text = given[field] ?? '';
    const named = [...text.matchAll(/\{([^{}]*)\}/g)].map(([, name]) => name!);
    const unknown = named.find((name) => !may.includes(name));
    if (unknown !== undefined)
      refuse(field, `there is no {${unknown.slice(0, 40)}} here; there are {${may.join('}, {')}}`);
    if (/[{}]/.test(text.replace(/\{[^{}]*\}/g, ''))) refuse(field, 'has a brace without its other half');
  }
  const missing = must.find((name) => !given.body.includes(`{${name}}`));
  if (missing !== undefined) refuse('body', `must have {${missing}}`);
  if (given.button !== null && !button) refuse('button', 'must be left out: this mail has no button');
});

/** A template as a caller gives it. */
export type TemplateInput = z.input<typeof templateInput>;

const host = z
  .string('must be text')
  .transform((text) => text.trim().toLowerCase())
  .refine(
    (text) =>
      text.length <= 253 && /^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(text),
    'must be a host name',
  );
const address = z
  .string('must be text')
  .max(254)
  .regex(/^[^\p{C}\s<>,;:"()[\]\\@]{1,64}@[a-z0-9.-]+$/iu, 'must be an e-mail address');

/** Settings as input: what is not named stays, `null` is as the server has it. */
export const emailSettingsInput = z.strictObject({
  senderName: lineOfText(1, 100).nullish(),
  locale: z.enum(mailLanguages, `must be one of ${mailLanguages.join(', ')}`).nullish(),
  colour: z
    .string('must be text')
    .transform((text) => text.toLowerCase())
    .refine((text) => /^#[0-9a-f]{6}$/.test(text), 'must be a colour like #0b6e69')
    .refine((text) => contrastWithWhite(text) >= 4.5, 'must be darker: white text on it could not be read')
    .nullish(),
  mailServer: z
    .strictObject({
      host,
      port: z.int('must be a whole number').min(1).max(65_535),
      implicitTls: z.boolean('must be true or false'),
      user: lineOfText(1, 255)
        .nullish()
        .transform((text) => text ?? null),
      /** Left out: the one before, if host, port, TLS and user are still the same. */
      password: z.string('must be text').min(1).max(1_000).nullish(),
      from: address,
    })
    .nullish(),
});

/** Settings as a caller gives them. */
export type EmailSettingsInput = z.input<typeof emailSettingsInput>;

/** Contrast ratio (WCAG 2.2, relative luminance) of `#rrggbb` with white. */
function contrastWithWhite(colour: string): number {
  const channels = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255);
  const [r, g, b] = channels.map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 1.05 / (0.2126 * r! + 0.7152 * g! + 0.0722 * b! + 0.05);
}
