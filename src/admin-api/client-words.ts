import type { ClientApplication } from '../clients/client-application.entity.js';

type Rules = Pick<ClientApplication, 'grantTypes' | 'authenticatedGrants' | 'pkceOptional'>;

/** What a client must do for a grant, and why. */
export function explainGrant({ authenticatedGrants, pkceOptional }: Rules, grantType: string): string {
  const proves = authenticatedGrants.includes(grantType);
  if (grantType === 'client_credentials')
    return 'The client must prove itself: this grant gives it its own access, so nothing else says who it is.';
  if (!proves) {
    return grantType === 'authorization_code'
      ? "The client is public here, as an app on a person's device keeps no secret: PKCE binds the code to who asked for it."
      : 'The client is public here: each token is bound to the sign-in that it came from, and works once.';
  }
  if (grantType === 'authorization_code') {
    return pkceOptional
      ? 'The client must prove itself; PKCE may be left out because of that.'
      : 'The client must prove itself, and PKCE binds the code to the request besides.';
  }
  return 'The client must prove itself: a stolen token alone is of no use.';
}

/** With what a client proves itself, when that is not simply its secret. */
function explainKeys({ jwks, jwksUri, tokenEndpointAuthMethod }: ClientApplication): string[] {
  return [
    ...(jwks ? [`It has ${jwks.keys.length} public keys here and may prove itself by signing.`] : []),
    ...(jwksUri ? [`It publishes its keys at ${jwksUri} and may prove itself by signing.`] : []),
    ...(tokenEndpointAuthMethod
      ? [`It may prove itself by ${tokenEndpointAuthMethod} only; its other credentials are refused.`]
      : []),
  ];
}

/** What a client may ask for, and what it is without. */
function explainScopes({ allowedScopes, scopesOnly }: ClientApplication): string[] {
  return [
    allowedScopes === null
      ? 'It may ask for every scope but system/ ones.'
      : `It may ask for no other scopes than ${allowedScopes.join(' ') || 'none'}, and what they cover.`,
    ...(scopesOnly ? ['It reaches only what SMART scopes name, and administers nothing.'] : []),
  ];
}

const directSignIn: Readonly<Record<ClientApplication['directSignIn'], string>> = {
  none: 'People sign in to it on the pages of this server only.',
  'project-users': "It may take the passwords of its project's own users on a form of its own.",
  everyone: 'It may take the password of everybody who signs in to it on a form of its own.',
};

/** The standing of a client. */
export function explainClient(client: ClientApplication): string[] {
  const {
    active,
    firstParty,
    projectId,
    grantTypes,
    authenticatedGrants,
    redirectUris,
    backchannelLogoutUri,
    mayActForMembers,
  } = client;
  const open = grantTypes.filter((grant) => !authenticatedGrants.includes(grant));
  return [
    active
      ? 'The client is active.'
      : 'The client is deactivated: it gets no tokens, and those that it has do not work until it is activated.',
    projectId === null
      ? 'It belongs to the server: people of every project may choose it.'
      : 'It belongs to one project and reaches nothing outside of it.',
    ...(authenticatedGrants.length > 0
      ? [`It must prove itself for ${authenticatedGrants.join(', ')}.`]
      : []),
    ...(open.length > 0 ? [`It need not prove itself for ${open.join(', ')}.`] : []),
    ...explainKeys(client),
    ...(firstParty ? ['Inside its own project it asks people for no consent.'] : []),
    ...(backchannelLogoutUri
      ? ['It is told when a login ends before its time; what could not be delivered is in deadLetters.']
      : []),
    ...(mayActForMembers
      ? ['It may act on behalf of the members of its project, as far as its own policy goes.']
      : []),
    directSignIn[client.directSignIn],
    ...explainScopes(client),
    ...(grantTypes.includes('authorization_code') && redirectUris.length === 0
      ? ['It has no redirect address, so nobody can be sent to it from the pages of this server.']
      : []),
  ];
}
