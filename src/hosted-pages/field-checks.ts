import type { FormFields } from './page-forms.js';
import type { Language, Strings } from './strings.js';

/** What is wrong with a form: beside a field and in the summary on top. */
export interface FieldProblem {
  readonly field: string | undefined;
  readonly sentence: string;
}

type Check = (value: string) => keyof Strings['fields'] | undefined;

const maxEmail = 320;
const maxPassword = 1024;
const maxName = 200;

const checks = {
  givenName: (value) =>
    value.trim() === '' ? 'givenNameMissing' : value.length > maxName ? 'tooLong' : undefined,
  familyName: (value) =>
    value.trim() === '' ? 'familyNameMissing' : value.length > maxName ? 'tooLong' : undefined,
  email: (value) => {
    if (value.trim() === '') return 'emailMissing';
    if (value.length > maxEmail) return 'tooLong';
    return /^[^@\s]+@[^@\s]+$/.test(value.trim()) ? undefined : 'emailMalformed';
  },
  // A password is never trimmed: spaces are characters like others (NIST SP 800-63B-4 section 3.1.1.2).
  password: (value) => passwordProblem(value, 'passwordMissing'),
  oldPassword: (value) => passwordProblem(value, 'oldPasswordMissing'),
  newPassword: (value) => passwordProblem(value, 'newPasswordMissing'),
} satisfies Record<string, Check>;

function passwordProblem<Missing extends string>(
  value: string,
  missing: Missing,
): Missing | 'tooLong' | undefined {
  return value === '' ? missing : value.length > maxPassword ? 'tooLong' : undefined;
}

/** The fields of a form that cannot be right whoever fills it in, in the order in which the page has them. */
export function checkFields(
  { strings }: Language,
  fields: FormFields,
  names: readonly (keyof typeof checks)[],
): FieldProblem[] {
  return names.flatMap((field) => {
    const problem = checks[field](fields.get(field) ?? '');
    return problem ? [{ field, sentence: strings.fields[problem] }] : [];
  });
}

const passwordFields = ['password', 'oldPassword', 'newPassword'];

/** What the button beside a password field asks for without script: the page again, with the field the other way. */
export function revealOf(
  { strings }: Language,
  fields: FormFields,
): { asked: boolean; shown: boolean; notice?: { tone: 'notice'; sentence: string } } {
  const action = fields.get('action');
  const asked = action === 'show-password' || action === 'hide-password';
  const shown = action === 'show-password';
  // A credential never travels back to the browser, so what was typed is gone.
  if (!asked || !passwordFields.some((name) => fields.get(name))) return { asked, shown };
  const { passwordCleared, passwordHidden } = strings.fields;
  return { asked, shown, notice: { tone: 'notice', sentence: shown ? passwordCleared : passwordHidden } };
}
