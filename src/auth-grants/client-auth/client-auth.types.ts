import type { Secret } from '../../kernel/secrets.js';
import type { Parameters } from '../parameters.js';

/** What a request carries to authenticate its client. */
export interface ClientAuthRequest {
  readonly authorization: string | undefined;
  readonly parameters: Parameters;
}

/** A client id with the readings of its secret that are to be tried; none when the method proves nothing. */
export interface PresentedClient {
  readonly clientId: string;
  readonly secrets: readonly Secret[];
}

/** One way of client authentication (RFC 6749 section 2.3, OIDC Core section 9). */
export interface ClientAuthMethod {
  /** As in `token_endpoint_auth_methods_supported`. */
  readonly name: 'client_secret_basic' | 'client_secret_post' | 'none';
  /**
   * What the request presents by this method; `undefined` when it does not use it.
   * @throws OAuthError when it uses the method wrongly.
   */
  read(request: ClientAuthRequest): PresentedClient | undefined;
}
