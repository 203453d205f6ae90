import type { Config } from '../../kernel/config.js';
import { type AuthorizeStep, redirectRefusal } from './authorize.types.js';

/** Whether an address is one of this server, without a fragment (RFC 8707 section 2). */
export function isHere(address: string, config: Config): boolean {
  return URL.canParse(address) && new URL(address).origin === config.origin && !address.includes('#');
}

/** SMART's `aud` names this server (SMART App Launch 2.2, "aud"); `resource` (RFC 8707) likewise. Checked when present. */
export const audienceStep = (config: Config): AuthorizeStep => ({
  name: 'audience',
  check({ parameters }) {
    const aud = parameters.get('aud');
    if (aud !== undefined && !isHere(aud, config))
      return redirectRefusal('invalid_request', 'Invalid audience');
    const resource = parameters.get('resource');
    if (resource !== undefined && !isHere(resource, config)) {
      return redirectRefusal('invalid_target', 'Unknown resource');
    }
    if (parameters.has('launch')) return redirectRefusal('invalid_request', 'Invalid launch');
    return undefined;
  },
});
