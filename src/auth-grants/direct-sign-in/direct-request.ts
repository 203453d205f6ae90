import { builtInClientId } from '../../clients/built-in-client.js';
import type { Client } from '../../clients/clients.service.js';
import { notFound } from '../../kernel/errors.js';
import { type ClientId, type ProjectId, parseId } from '../../kernel/ids.js';
import type { UnfinishedParameters } from '../../logins/login-handle.entity.js';
import type { PasswordAttempt } from '../../logins/sign-in.service.js';
import { OAuthError } from '../oauth.errors.js';
import { challengeOfBody } from '../pkce.js';
import { isOffline, readScopesOfPerson } from '../scopes.js';
import {
  invalidChallenge,
  invalidProject,
  invalidScope,
  registrationDisabled,
} from './direct-sign-in.errors.js';

/** What an app sends that signs somebody in on a form of its own (wire-spec section 2.4). */
export interface DirectSignInInput extends Omit<PasswordAttempt, 'projectId' | 'clientId'> {
  readonly clientId: string | undefined;
  readonly projectId: string | undefined;
  /** Only memberships with this type of profile are offered. */
  readonly resourceType: string | undefined;
  readonly scope: string | undefined;
  readonly nonce: string | undefined;
  readonly launch: string | undefined;
  readonly codeChallenge: string | undefined;
  readonly codeChallengeMethod: string | undefined;
  /** The older way to ask for a refresh token. */
  readonly remember: boolean;
}

/** The client that is meant: the built-in one when none is named (F8). @throws AppError `not-found` */
export function clientIdOf({ clientId }: DirectSignInInput): ClientId {
  if (clientId === undefined) return builtInClientId;
  const id = parseId<'ClientApplication'>(clientId);
  if (!id) throw notFound();
  return id;
}

/**
 * The project whose people and memberships are meant: the client's own, or the one that a client of the server names.
 * @throws AppError `invalid-project`, `registration-disabled`
 */
export function projectIdOf({ projectId }: DirectSignInInput, client: Client): ProjectId | null {
  if (projectId === undefined) return client.projectId;
  if (projectId === 'new') throw registrationDisabled({ field: 'projectId' });
  const id = parseId<'Project'>(projectId);
  if (!id || (client.projectId && client.projectId !== id)) throw invalidProject({ field: 'projectId' });
  return id;
}

/**
 * The scopes that are asked for: those named, else the client's own, else `openid`.
 * @throws AppError `invalid-scope`
 */
export function scopeOf({ scope, remember }: DirectSignInInput, client: Client): readonly string[] {
  const asked = readOrRefuse(scope ?? (client.defaultScope.join(' ') || 'openid'), client);
  return remember && !isOffline(asked) ? [...asked, 'offline_access'] : asked;
}

/**
 * What is kept until the login is finished.
 * @throws AppError `invalid-code-challenge`, `not-found` for a launch: none exists
 */
export function parametersOf(
  input: DirectSignInInput,
  client: Client,
  projectId: ProjectId | null,
): UnfinishedParameters {
  const { launch, nonce, resourceType } = input;
  if (launch !== undefined) throw notFound({ field: 'launch' });
  const codeChallenge = challengeOf(input, client);
  return {
    ...(projectId && { projectId }),
    ...(nonce !== undefined && { nonce }),
    ...(resourceType !== undefined && { resourceType }),
    ...(codeChallenge !== undefined && { codeChallenge }),
  };
}

function readOrRefuse(text: string, client: Client): string[] {
  try {
    return readScopesOfPerson(text, client);
  } catch (error) {
    if (error instanceof OAuthError)
      throw invalidScope({ sentence: error.message, field: 'scope', cause: error });
    throw error;
  }
}

function challengeOf(input: DirectSignInInput, client: Client): string | undefined {
  const { codeChallenge, codeChallengeMethod: method } = input;
  if (codeChallenge === undefined) {
    if (method === undefined || client.pkceOptional) return undefined;
    throw invalidChallenge({ field: 'code_challenge' });
  }
  if (method !== 'S256' && method !== 'plain') throw invalidChallenge({ field: 'code_challenge_method' });
  const kept = challengeOfBody(codeChallenge, method);
  if (kept === undefined) throw invalidChallenge({ field: 'code_challenge' });
  return kept;
}
