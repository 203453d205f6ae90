import { z } from 'zod';
import { defined, lineOfText, parseInput } from '../kernel/input.js';
import { directSignIns } from './client-application.entity.js';
import { checkedJwkSet } from './jwk-set.js';
import { originOf, originProblem, redirectUriProblem } from './redirect-uri.js';

const day = 86_400;

/** Grants that are never given to a client that has not proved itself (RFC 6749 section 4.4). */
const alwaysAuthenticated = ['client_credentials'];

const maxEntries = 50;

function uris(problem: (text: string) => string | undefined) {
  const uri = z.string('must be text').superRefine((text, context) => {
    const wrong = problem(text);
    if (wrong) context.addIssue({ code: 'custom', message: `must ${wrong}` });
  });
  return unique(uri);
}

function unique<Item extends z.ZodType<string>>(item: Item) {
  return z
    .array(item)
    .max(maxEntries, `must have at most ${maxEntries} entries`)
    .transform((list) => [...new Set(list)]);
}

function seconds(min: number, max: number) {
  return z
    .int('must be a whole number of seconds')
    .min(min, `must be at least ${min}`)
    .max(max, `must be at most ${max}`);
}

const scopeWord = z
  .string('must be text')
  .regex(/^[\x21\x23-\x5b\x5d-\x7e]{1,400}$/, 'must be a scope without spaces');

/** A JWK Set, or its JSON text. */
const jwkSet = z.unknown().transform((value, context) => {
  const set = checkedJwkSet(typeof value === 'string' ? jsonOf(value) : value);
  if (typeof set !== 'string') return set;
  context.addIssue({ code: 'custom', message: `must ${set}` });
  return z.NEVER;
});

const webAddress = z.string('must be text').superRefine((text, context) => {
  const wrong =
    redirectUriProblem(text) ??
    (originOf(text) === undefined
      ? 'begin with https://, or with http:// and a loopback address'
      : undefined);
  if (wrong) context.addIssue({ code: 'custom', message: `must ${wrong}` });
});

/** Ways of authentication that a client may be held to. */
export const clientAuthMethodNames = [
  'client_secret_basic',
  'client_secret_post',
  'private_key_jwt',
] as const;

const fields = z.strictObject({
  name: lineOfText(1, 100),
  description: lineOfText(0, 500),
  firstParty: z.boolean('must be true or false'),
  redirectUris: uris(redirectUriProblem),
  postLogoutRedirectUris: uris(redirectUriProblem),
  backchannelLogoutUri: webAddress.nullable(),
  backchannelLogoutSessionRequired: z.boolean('must be true or false'),
  allowedOrigins: uris(originProblem),
  defaultScope: unique(scopeWord),
  allowedScopes: z.union([z.null(), unique(scopeWord)]),
  scopesOnly: z.boolean('must be true or false'),
  mayActForMembers: z.boolean('must be true or false'),
  grantTypes: unique(z.string('must be text')),
  authenticatedGrants: unique(z.string('must be text')),
  pkceOptional: z.boolean('must be true or false'),
  // Shorter ones make the SDK's apps loop (rulings 2).
  accessTokenLifetime: seconds(600, day),
  refreshTokenLifetime: seconds(day, 365 * day),
  idTokenSignedResponseAlg: z.enum(['RS256', 'ES256'], 'must be RS256 or ES256'),
  jwks: z.union([z.null(), jwkSet]),
  jwksUri: webAddress.nullable(),
  tokenEndpointAuthMethod: z
    .enum(clientAuthMethodNames, `must be among ${clientAuthMethodNames.join(', ')}`)
    .nullable(),
  directSignIn: z.enum(directSignIns, `must be ${directSignIns.join(', ')}`),
  welcomeString: lineOfText(1, 200).nullable(),
  logoUrl: webAddress.nullable(),
});
const creation = fields.partial().required({ name: true });
const edition = fields.partial();

/** What a client is made of. */
export type ClientInput = z.input<typeof creation>;
/** What may be changed about it. */
export type ClientChanges = z.input<typeof edition>;
/** All that a caller decides about a client, checked and complete. */
export type ClientSettings = z.output<typeof fields>;

/**
 * Checks and completes what a client is made of. By default it takes part in the code flow as a public client, and
 * proves itself for client_credentials when it has that grant.
 * @param known the grant types of this server. @throws AppError `invalid-input`
 */
export function newClientSettings(input: ClientInput, known: readonly string[]): ClientSettings {
  const given = defined(parseInput(creation, input));
  const grantTypes = given.grantTypes ?? ['authorization_code', 'refresh_token'];
  return checkTogether(
    {
      description: '',
      firstParty: false,
      redirectUris: [],
      postLogoutRedirectUris: [],
      backchannelLogoutUri: null,
      backchannelLogoutSessionRequired: false,
      allowedOrigins: [],
      defaultScope: [],
      allowedScopes: null,
      scopesOnly: false,
      mayActForMembers: false,
      authenticatedGrants: grantTypes.filter((grant) => alwaysAuthenticated.includes(grant)),
      pkceOptional: false,
      accessTokenLifetime: 3600,
      refreshTokenLifetime: 14 * day,
      idTokenSignedResponseAlg: 'RS256',
      jwks: null,
      jwksUri: null,
      tokenEndpointAuthMethod: null,
      directSignIn: 'project-users',
      welcomeString: null,
      logoUrl: null,
      ...given,
      grantTypes,
    },
    known,
  );
}

/** Checks changes together with what stays. @throws AppError `invalid-input` */
export function changedClientSettings(
  before: ClientSettings,
  changes: ClientChanges,
  known: readonly string[],
): ClientSettings {
  const kept = Object.fromEntries(
    Object.keys(fields.shape).map((key) => [key, before[key as keyof ClientSettings]]),
  );
  return checkTogether(
    { ...(kept as unknown as ClientSettings), ...defined(parseInput(edition, changes)) },
    known,
  );
}

function checkTogether(settings: ClientSettings, known: readonly string[]): ClientSettings {
  const rules = z
    .custom<ClientSettings>()
    .refine(({ grantTypes }) => grantTypes.every((grant) => known.includes(grant)), {
      path: ['grantTypes'],
      message: `must be among ${known.join(', ')}`,
    })
    .refine(
      ({ grantTypes, authenticatedGrants }) => authenticatedGrants.every((g) => grantTypes.includes(g)),
      {
        path: ['authenticatedGrants'],
        message: 'must be among the grant types of the client',
      },
    )
    .refine(
      ({ grantTypes, authenticatedGrants }) =>
        needsProof(grantTypes).every((g) => authenticatedGrants.includes(g)),
      {
        path: ['authenticatedGrants'],
        message: `must contain ${alwaysAuthenticated.join(', ')}, which is never given to a client that has not proved itself`,
      },
    )
    .refine(
      ({ pkceOptional, authenticatedGrants }) =>
        !pkceOptional || authenticatedGrants.includes('authorization_code'),
      {
        path: ['pkceOptional'],
        message: 'can be true only for a client that authenticates for authorization_code',
      },
    )
    .refine(
      ({ mayActForMembers, grantTypes }) => !mayActForMembers || grantTypes.includes('client_credentials'),
      {
        path: ['mayActForMembers'],
        message: 'can be true only for a client with client_credentials: it acts for members as itself',
      },
    )
    .refine(({ jwks, jwksUri }) => jwks === null || jwksUri === null, {
      path: ['jwksUri'],
      message: 'cannot stand beside jwks: keys are kept here or published by the client',
    })
    .refine((all) => all.tokenEndpointAuthMethod !== 'private_key_jwt' || hasKeys(all), {
      path: ['tokenEndpointAuthMethod'],
      message: 'can be private_key_jwt only for a client with jwks or jwksUri',
    });
  return parseInput(rules, settings);
}

/** Whether a client has keys to prove itself with. */
export function hasKeys({ jwks, jwksUri }: Pick<ClientSettings, 'jwks' | 'jwksUri'>): boolean {
  return jwks !== null || jwksUri !== null;
}

/** Those of some grants for which a client proves itself: as before, and where nobody else says who it is. */
export function withProof(grantTypes: readonly string[], proved: readonly string[]): string[] {
  const always = needsProof(grantTypes);
  return grantTypes.filter((grant) => proved.includes(grant) || always.includes(grant));
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function needsProof(grantTypes: readonly string[]): string[] {
  return grantTypes.filter((grant) => alwaysAuthenticated.includes(grant));
}
