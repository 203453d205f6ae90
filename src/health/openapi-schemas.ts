/** A JSON Schema or any other object of an OpenAPI document. */
export type Json = Readonly<Record<string, unknown>>;

/** A reference to a schema of this file. */
export const ref = (name: keyof typeof schemas): Json => ({ $ref: `#/components/schemas/${name}` });

const text = (description: string): Json => ({ type: 'string', description });
const number = (description: string): Json => ({ type: 'integer', description });
const object = (properties: Json, required: readonly string[] = Object.keys(properties)): Json => ({
  type: 'object',
  properties,
  required,
});

/** The parameters of private_key_jwt. */
export const assertionFields: Json = {
  client_assertion_type: {
    type: 'string',
    const: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    description: 'For private_key_jwt.',
  },
  client_assertion: text('A JWT that the client signed (RFC 7523); works once, lives 300 seconds at most.'),
};

const tokenForm = object(
  {
    grant_type: { type: 'string', enum: ['authorization_code', 'refresh_token', 'client_credentials'] },
    code: text('authorization_code: the code, once, within 60 seconds.'),
    redirect_uri: text('authorization_code: the address that the code was sent to, again.'),
    code_verifier: text('authorization_code: the PKCE verifier (RFC 7636).'),
    refresh_token: text('refresh_token: the newest one of its family.'),
    scope: text('refresh_token: fewer scopes than were granted, for this answer only.'),
    client_id: text('The client, unless the Authorization header names it.'),
    client_secret: text('The secret, for client_secret_post.'),
    ...assertionFields,
  },
  ['grant_type'],
);

const reference = (description: string): Json => ({
  ...object({ reference: text('`Type/id`'), display: text('A name to show.') }, ['reference']),
  description,
});

const tokenResponse = object(
  {
    token_type: { const: 'Bearer' },
    access_token: text('A JWT after RFC 9068, signed with ES256.'),
    expires_in: number('Seconds.'),
    scope: text('What was granted, separated by spaces; empty for a client acting as itself.'),
    id_token: text('With the scope `openid` and an end user only.'),
    refresh_token: text('With the scope `offline_access`. Replaces the one before.'),
    project: reference('The tenant.'),
    profile: reference('The FHIR resource that acts.'),
  },
  ['token_type', 'access_token', 'expires_in', 'scope'],
);

const userinfo = object(
  {
    sub: text('The user.'),
    profile: text('`Type/id` of the FHIR profile; with the scope `profile`, like the next four.'),
    name: text('Full name.'),
    given_name: text('Given name.'),
    family_name: text('Family name.'),
    updated_at: number('Seconds since the epoch.'),
    email: text('With the scope `email`, like the next one.'),
    email_verified: { type: 'boolean' },
  },
  ['sub'],
);

const introspection = object(
  {
    active: { type: 'boolean' },
    scope: text('Granted scopes.'),
    client_id: text('The client it was issued to.'),
    token_type: text('`Bearer` or `refresh_token`'),
    exp: number('Seconds since the epoch.'),
    iat: number('Seconds since the epoch.'),
    nbf: number('Seconds since the epoch.'),
    sub: text('The user, or the client that acts as itself.'),
    aud: text('Audience.'),
    iss: text('Issuer.'),
    jti: text('Id of the token.'),
    login_id: text('Names the login; opens nothing.'),
    project: text('The tenant.'),
  },
  ['active'],
);

const oauthError = object({
  error: text('A code of the RFC that defines the endpoint.'),
  error_description: text('What is wrong, for a developer.'),
});

const problem = object(
  {
    type: text('`about:blank`'),
    title: text('The words of the HTTP status.'),
    status: number('The HTTP status.'),
    detail: text('What happened, then what to do.'),
    code: text('One of docs/errors.md, or `http-` and the status; does not change.'),
    field: text('The input that is wrong.'),
    requestId: text('What the log lines of this request are called.'),
  },
  ['type', 'title', 'status', 'detail', 'code', 'requestId'],
);

const operationOutcome = object(
  {
    resourceType: { const: 'OperationOutcome' },
    id: text('What kind of answer it is, such as `ok` or `not-found`.'),
    issue: {
      type: 'array',
      items: object(
        {
          severity: { type: 'string', enum: ['error', 'information'] },
          code: text('A code of FHIR IssueType.'),
          details: object({ text: text('What happened.') }),
          diagnostics: text('What to do.'),
          expression: { type: 'array', items: text('The input that is wrong.') },
        },
        ['severity', 'code', 'details'],
      ),
    },
  },
  ['resourceType', 'issue'],
);

const loginResult = object(
  {
    login: text(
      'The credential of the next step: 15 minutes, until a code was redeemed. Opens nothing else.',
    ),
    code: text('For the token endpoint: 60 seconds. Each answer brings a new one and voids the one before.'),
    memberships: {
      type: 'array',
      description: 'Instead of a code: the person has to choose one.',
      items: object(
        {
          id: text('For `POST /auth/profile`.'),
          project: reference('The tenant.'),
          profile: reference('The FHIR resource that would act.'),
          identifier: {
            type: 'array',
            items: object({ system: text('A label.'), value: text('Its words.') }),
          },
        },
        ['id', 'project', 'profile'],
      ),
    },
  },
  ['login'],
);

const health: Json = {
  ...object({ ok: { type: 'boolean' }, version: text('Of the server.') }),
  additionalProperties: { type: 'boolean', description: 'One for each check.' },
};

const readiness = object({
  ok: { type: 'boolean', description: 'Whether this process may be sent requests.' },
  checks: { type: 'object', additionalProperties: { type: 'boolean' } },
});

const document: Json = { type: 'object', description: 'As the standard in the summary defines it.' };

/** The named schemas of the API description. */
export const schemas = {
  TokenForm: tokenForm,
  TokenResponse: tokenResponse,
  UserInfo: userinfo,
  Introspection: introspection,
  OAuthError: oauthError,
  Problem: problem,
  LoginResult: loginResult,
  OperationOutcome: operationOutcome,
  Health: health,
  Readiness: readiness,
  Document: document,
} as const satisfies Record<string, Json>;
