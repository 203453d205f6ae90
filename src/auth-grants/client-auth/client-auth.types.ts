import type { PresentedCredential } from '../../authentication/client-proof.service.js';
import type { Parameters } from '../parameters.js';

/** What a request carries to authenticate its client. */
export interface ClientAuthRequest {
  readonly authorization: string | undefined;
  readonly parameters: Parameters;
}

/** The client that a request names, with what proves it; nothing when it only names itself. */
export interface PresentedClient {
  readonly clientId: string;
  readonly proof?: PresentedCredential['proof'];
}

/** One way of client authentication (RFC 6749 section 2.3, OIDC Core section 9). */
export interface ClientAuthMethod {
  /** As in `token_endpoint_auth_methods_supported`. */
  readonly name: 'client_secret_basic' | 'client_secret_post' | 'private_key_jwt' | 'none';
  /**
   * What the request presents by this method; `undefined` when it does not use it.
   * @throws OAuthError when it uses the method wrongly.
   */
  read(request: ClientAuthRequest): PresentedClient | undefined;
}
