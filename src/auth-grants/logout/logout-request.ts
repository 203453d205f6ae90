import type { ClientId } from '../../kernel/ids.js';
import type { Sealer } from '../../kernel/secrets.js';
import type { IdTokenHint } from '../../tokens/id-token-hints.service.js';

/** A sign-out that an app asked for (OIDC RP-Initiated Logout section 2), as far as it holds water. */
export interface LogoutRequest {
  readonly clientId?: ClientId;
  /** Of that client. */
  readonly hint?: Pick<IdTokenHint, 'userId' | 'loginId'>;
  /** Registered for that client when the request came; it is looked at again before anybody is sent there. */
  readonly redirectUri?: string;
  readonly state?: string;
  /** Language tags in order of preference. */
  readonly uiLocales?: string;
}

const place = { table: 'none', column: 'logout-request', row: '', project: null };

/** The request as text for our own pages: nobody else can make or read one, and nothing is kept on the server. */
export function sealLogoutRequest(sealer: Sealer, request: LogoutRequest): string {
  return sealer.seal(place, JSON.stringify(request));
}

/** What `sealLogoutRequest` made, or `undefined` for anything else. */
export function openLogoutRequest(sealer: Sealer, text: string): LogoutRequest | undefined {
  try {
    return JSON.parse(sealer.open(place, text)) as LogoutRequest;
  } catch {
    return undefined;
  }
}
