import type { Config } from '../../kernel/config.js';
import { type AuthorizeStep, redirectRefusal } from './authorize.types.js';

/** SMART's `aud` names this server (SMART App Launch 2.2, "aud"); `resource` (RFC 8707) likewise. Checked when present. */
export const audienceStep = (config: Config): AuthorizeStep => ({
  name: 'audience',
  check({ parameters }) {
    for (const name of ['aud', 'resource']) {
      const value = parameters.get(name);
      if (value === undefined) continue;
      if (!URL.canParse(value) || new URL(value).origin !== config.origin) {
        return redirectRefusal('invalid_request', 'Invalid audience');
      }
    }
    if (parameters.has('launch')) return redirectRefusal('invalid_request', 'Invalid launch');
    return undefined;
  },
});
