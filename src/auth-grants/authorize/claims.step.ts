import { z } from 'zod';
import { parseId } from '../../kernel/ids.js';
import { acrValues, prefersTwoFactors } from '../../logins/acr.js';
import { askableClaims } from '../user-claims.js';
import { type AuthorizeStep, redirectRefusal } from './authorize.types.js';

const wish = z
  .object({ essential: z.boolean(), value: z.unknown(), values: z.array(z.unknown()) })
  .partial()
  .nullable();
const wishes = z.record(z.string(), wish).nullable();
const shape = z.object({ userinfo: wishes, id_token: wishes }).partial();

/**
 * The `claims` parameter (OIDC Core section 5.5), and `acr_values`, which is a wish for one of them. Claims that this server does not know are left out, as the standard
 * has it; so are values that a claim should have, but for `sub` (it names who must be signed in) and an essential
 * `acr` (it names how).
 */
export const claimsStep: AuthorizeStep = {
  name: 'claims',
  check(context) {
    const wanted = context.parameters.get('acr_values')?.split(' ') ?? [];
    if (prefersTwoFactors(wanted)) context.twoFactors = 'wished';
    const text = context.parameters.get('claims');
    if (text === undefined) return undefined;
    const parsed = shape.safeParse(jsonOf(text));
    if (!parsed.success) return redirectRefusal('invalid_request', 'claims is not a claims request');
    const { userinfo, id_token: idToken } = parsed.data;
    const acr = idToken?.['acr'];
    const levels = acr?.values ?? (acr?.value === undefined ? [] : [acr.value]);
    if (acr?.essential && levels.length > 0 && !acrValues.some((level) => levels.includes(level))) {
      return redirectRefusal(
        'unmet_authentication_requirements',
        'No way of signing in here reaches the acr that the app insists on',
      );
    }
    if (prefersTwoFactors(levels)) {
      const onlyThat = !levels.includes('urn:carekey:loa:1fa');
      context.twoFactors = acr?.essential && onlyThat ? 'required' : 'wished';
    }
    const subject = idToken?.['sub']?.value;
    if (subject !== undefined) {
      const user = typeof subject === 'string' ? parseId<'User'>(subject) : undefined;
      if (!user || (context.hintedUser && context.hintedUser !== user)) {
        return redirectRefusal('login_required', 'Nobody can be signed in as the sub that was asked for');
      }
      context.hintedUser = user;
    }
    const named = { userinfo: known(userinfo), idToken: known(idToken) };
    if (named.userinfo.length + named.idToken.length > 0) context.claims = named;
    return undefined;
  },
};

function known(wishes: Readonly<Record<string, unknown>> | null | undefined): string[] {
  return Object.keys(wishes ?? {}).filter((name) => askableClaims.has(name));
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
