import type { Actor } from '../../kernel/actor.js';
import type { ClientId } from '../../kernel/ids.js';
import type { RateLimitState } from '../../kernel/rate-limit.js';
import type { Secret } from '../../kernel/secrets.js';
import type { Sink, Tx } from '../../kernel/tx.js';
import type { Login } from '../../logins/login.entity.js';
import type { RequestClient } from '../client-auth/client-authentication.service.js';
import type { OAuthError } from '../oauth.errors.js';
import type { Parameters } from '../parameters.js';

/** A token request whose form is read and whose client is known. */
export interface GrantRequest extends RequestClient {
  readonly actor: Actor;
  readonly parameters: Parameters;
}

/** What to issue, and for whom. */
export interface Issue {
  readonly kind: 'issue';
  readonly login: Login;
  /** Granted scopes. */
  readonly scope: readonly string[];
  /** Seconds that the access token lives; the client's own when absent. */
  readonly lifetime?: number;
  /** Handed out beside the access token. */
  readonly refreshToken: Secret | undefined;
  /** Whether an id_token belongs to the answer, and the nonce that it repeats. */
  readonly idToken: { readonly nonce: string | undefined } | undefined;
  readonly audit: 'token.issued' | 'token.refreshed' | 'token.grace-used';
}

/**
 * A refusal that leaves a mark (a replayed code or token): it is returned, so that the mark commits, and the endpoint
 * answers the error afterwards. Refusals that leave nothing are thrown.
 */
export interface MarkedRefusal {
  readonly kind: 'refuse';
  readonly error: OAuthError;
}

export type GrantOutcome = Issue | MarkedRefusal;

interface GrantBase {
  readonly grantType: string;
  /** The parameters it reads, for the documentation. */
  readonly parameters: readonly string[];
  /** Whether a client that only names itself may use it at all. */
  readonly publicClients: boolean;
  /** The client that the request's code or token belongs to, for requests that name none (rulings 6). */
  impliedClient?(parameters: Parameters): Promise<ClientId | undefined>;
  /** Judges quotas before any transaction opens. @returns what is left, for the answer to say. @throws OAuthError */
  admit?(request: GrantRequest): Promise<RateLimitState | undefined>;
}

/** A grant that reads: it runs in a transaction of its own. @throws OAuthError */
export interface TransactionalGrant extends GrantBase {
  readonly gathered: false;
  execute(tx: Tx, request: GrantRequest): Promise<GrantOutcome>;
}

/**
 * A grant that only writes: its rows commit together with those of concurrent requests, unless the client's assertion has to
 * be used up with them. @throws OAuthError
 */
export interface GatheredGrant extends GrantBase {
  readonly gathered: true;
  execute(sink: Sink, request: GrantRequest): Promise<Issue>;
}

export type Grant = TransactionalGrant | GatheredGrant;
