import { type AuthorizeStep, redirectRefusal } from './authorize.types.js';

/** The values of `prompt` that work: discovery lists exactly these. */
export const promptValues = ['none', 'login', 'consent', 'select_account'] as const;

const known = new Set<string>(promptValues);

/** `prompt` and `max_age` are well-formed (OIDC Core section 3.1.2.1); `none` stands alone. */
export const promptStep: AuthorizeStep = {
  name: 'prompt',
  check(context) {
    const prompt = new Set((context.parameters.get('prompt') ?? '').split(' ').filter(Boolean));
    if ([...prompt].some((value) => !known.has(value)))
      return redirectRefusal('invalid_request', 'Unknown prompt');
    if (prompt.has('none') && prompt.size > 1) {
      return redirectRefusal('invalid_request', 'prompt none cannot stand with another value');
    }
    const maxAge = context.parameters.get('max_age');
    if (maxAge !== undefined && !/^\d{1,9}$/.test(maxAge))
      return redirectRefusal('invalid_request', 'Invalid max_age');
    context.prompt = prompt;
    context.maxAge = maxAge === undefined ? undefined : Number(maxAge);
    return undefined;
  },
};
