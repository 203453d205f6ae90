/** The closed list of OAuth error codes with their HTTP status, by the document that defines them. */
export const oauthErrorStatus = {
  // RFC 6749 section 5.2
  invalid_request: 400,
  invalid_client: 401,
  invalid_grant: 400,
  unauthorized_client: 400,
  unsupported_grant_type: 400,
  invalid_scope: 400,
  // RFC 6749 section 4.1.2.1
  access_denied: 403,
  unsupported_response_type: 400,
  server_error: 500,
  temporarily_unavailable: 503,
  // OpenID Connect Core section 3.1.2.6
  login_required: 400,
  consent_required: 400,
  account_selection_required: 400,
  request_not_supported: 400,
  request_uri_not_supported: 400,
  registration_not_supported: 400,
  // OpenID Connect Core Error Code unmet_authentication_requirements 1.0
  unmet_authentication_requirements: 400,
  // RFC 8707 section 2
  invalid_target: 400,
  // RFC 6750 section 3.1
  invalid_token: 401,
  insufficient_scope: 403,
} as const satisfies Record<string, number>;

export type OAuthErrorCode = keyof typeof oauthErrorStatus;

export interface OAuthErrorOptions {
  /** Another status than the code's own: 429 for a budget that is used up. */
  readonly status?: number;
  /** `WWW-Authenticate` of the answer. */
  readonly challenge?: string;
  /** Seconds. */
  readonly retryAfter?: number;
  /** For the log only. */
  readonly detail?: string;
  readonly cause?: unknown;
}

/** A refusal of an OAuth endpoint. `message` becomes `error_description`: ASCII without quotes (RFC 6749 5.2). */
export class OAuthError extends Error {
  readonly status: number;

  constructor(
    readonly code: OAuthErrorCode,
    description: string,
    readonly options: OAuthErrorOptions = {},
  ) {
    super(description, { cause: options.cause });
    this.name = 'OAuthError';
    this.status = options.status ?? oauthErrorStatus[code];
  }

  /** The JSON body of the answer. */
  body(): { error: OAuthErrorCode; error_description: string } {
    return { error: this.code, error_description: this.message };
  }
}
