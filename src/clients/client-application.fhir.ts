import { z } from 'zod';
import { parseInput } from '../kernel/input.js';
import { type KnownValues, type Resource, viewedSearchRow } from '../r4/search-row.js';
import { viewResource } from '../r4/view-resource.js';
import type { ViewTable } from '../r4/view-search.js';
import type { ClientApplication } from './client-application.entity.js';
import { type ClientInput, withProof } from './client-input.js';

/** A client as the FHIR type of the wire spec (section 1.4). Its secrets are hashes here, and are not shown (rulings 12). */
export function clientResource(client: ClientApplication): Resource {
  const { welcomeString, logoUrl } = client;
  return viewResource('ClientApplication', client, {
    status: client.active ? 'active' : 'off',
    name: client.name,
    description: client.description,
    signInForm: { welcomeString, logo: { url: logoUrl } },
    jwksUri: client.jwksUri,
    redirectUris: client.redirectUris,
    pkceOptional: client.pkceOptional,
    accessTokenLifetime: `${client.accessTokenLifetime}s`,
    refreshTokenLifetime: `${client.refreshTokenLifetime}s`,
    allowedOrigin: client.allowedOrigins,
    defaultScope: client.defaultScope,
    grantType: client.grantTypes,
  });
}

/** How clients are found: by the search parameters published for the type. */
export const clientTable: ViewTable<ClientApplication> = {
  name: 'client_application',
  type: 'ClientApplication',
  searchRow: (client) => viewedSearchRow(client, knownOf(client)),
};

function knownOf({ name }: ClientApplication): KnownValues[] {
  return [
    { name: 'name', kind: 'string', values: [name] },
    { name: 'identity-provider-issuer', kind: 'string', values: [] },
  ];
}

const secondsIn: Readonly<Record<string, number>> = {
  s: 1,
  m: 60,
  h: 3600,
  d: 86_400,
  w: 604_800,
  y: 31_536_000,
};
const lifetime = z
  .string('must be text')
  .regex(/^\d{1,9}[smhdwy]$/, 'must be a number followed by s, m, h, d, w or y')
  .transform((text) => Number(text.slice(0, -1)) * secondsIn[text.slice(-1)]!);
const text = z.string('must be text');
const texts = z.array(text, 'must be a list');

/** The elements of a client that can be written; what they hold is judged like any other input. */
const elements = {
  status: z.enum(['active', 'off'], 'must be active or off').default('active'),
  name: text.default(''),
  description: text.default(''),
  signInForm: z
    .strictObject({
      welcomeString: text.optional(),
      logo: z.strictObject({ url: text.optional() }).optional(),
    })
    .default({}),
  jwksUri: text.optional(),
  redirectUris: texts.default([]),
  pkceOptional: z.boolean('must be true or false').default(false),
  accessTokenLifetime: lifetime.optional(),
  refreshTokenLifetime: lifetime.optional(),
  allowedOrigin: texts.default([]),
  defaultScope: texts.default([]),
  grantType: texts.optional(),
};
const writable = z.object(elements);

/** Their names. */
export const writableClientElements = Object.keys(elements);

/** What a resource says of a client: whether it is active, and what it is made of. What it leaves out is not said. */
export function clientFields(
  resource: Resource,
  proved: readonly string[] = [],
): { readonly active: boolean; readonly input: ClientInput } {
  const said = parseInput(writable, resource);
  const { signInForm, grantType, accessTokenLifetime, refreshTokenLifetime } = said;
  return {
    active: said.status === 'active',
    input: {
      name: said.name,
      description: said.description,
      welcomeString: signInForm.welcomeString ?? null,
      logoUrl: signInForm.logo?.url ?? null,
      jwksUri: said.jwksUri ?? null,
      redirectUris: said.redirectUris,
      pkceOptional: said.pkceOptional,
      allowedOrigins: said.allowedOrigin,
      defaultScope: said.defaultScope,
      ...(accessTokenLifetime !== undefined && { accessTokenLifetime }),
      ...(refreshTokenLifetime !== undefined && { refreshTokenLifetime }),
      ...(grantType && { grantTypes: grantType, authenticatedGrants: withProof(grantType, proved) }),
    },
  };
}
