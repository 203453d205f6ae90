import { Injectable } from '@nestjs/common';
import { ClientProofService, type PresentedCredential } from '../../authentication/client-proof.service.js';
import type { ClientAuthMethodName } from '../../clients/client-application.entity.js';
import { type AssertionUse, ClientAssertionsService } from '../../clients/client-assertions.service.js';
import { type Client, ClientsService } from '../../clients/clients.service.js';
import type { Actor } from '../../kernel/actor.js';
import { basicChallenge } from '../../kernel/challenges.js';
import { Clock } from '../../kernel/clock.js';
import { Config } from '../../kernel/config.js';
import { Db } from '../../kernel/db.js';
import { type ClientId, parseId } from '../../kernel/ids.js';
import type { Tx } from '../../kernel/tx.js';
import { OAuthError } from '../oauth.errors.js';
import type { ClientAuthMethod, ClientAuthRequest, PresentedClient } from './client-auth.types.js';
import { clientAuthMethods } from './index.js';
import { none } from './none.js';
import { type AssertionFacts, checkAssertion } from './private-key-jwt.js';

/** The client of a request, and how it proved itself; by `none` it only named itself. */
export interface RequestClient {
  readonly client: Client;
  readonly authenticated: boolean;
  readonly method: ClientAuthMethod['name'];
  /** What `useUp` has to be given before the request is granted; absent where nothing works only once. */
  readonly assertion?: AssertionUse | undefined;
}

/** Authenticates the client of a request at the token, introspection and revocation endpoints. */
@Injectable()
export class ClientAuthenticationService {
  private readonly audiences: readonly string[];

  constructor(
    private readonly clients: ClientsService,
    private readonly proofs: ClientProofService,
    private readonly assertions: ClientAssertionsService,
    private readonly db: Db,
    private readonly clock: Clock,
    config: Config,
  ) {
    this.audiences = [config.baseUrl, config.url('oauth2/token')];
  }

  /**
   * The client of a request; `undefined` when it names none. A wrong credential is refused even where none was
   * needed. Header and form may both be there when they say the same (rulings 6).
   * @param implied the client that a code or refresh token belongs to, for requests that name none.
   * @throws OAuthError `invalid_client`, `invalid_request`
   */
  async authenticate(
    request: ClientAuthRequest,
    actor: Actor,
    implied?: () => Promise<ClientId | undefined>,
  ): Promise<RequestClient | undefined> {
    const credential = credentialOf(request);
    if (credential) return this.prove(credential, actor);
    const named = none.read(request);
    const clientId = named ? parseId<'ClientApplication'>(named.clientId) : await implied?.();
    if (!named && !clientId) return undefined;
    const client = clientId && (await this.clients.find(clientId));
    if (!client?.active) throw refusal(false, (await this.proofs.refuse(actor, client, 'none')).retryAfter);
    return { client, authenticated: false, method: 'none' };
  }

  /** The same where no grant follows: an assertion is used up at once. @throws OAuthError */
  async authenticateOnce(request: ClientAuthRequest, actor: Actor): Promise<RequestClient | undefined> {
    const found = await this.authenticate(request, actor);
    if (!found?.assertion) return found;
    try {
      await this.db.tx((tx) => this.useUp(tx, found.assertion));
    } catch (error) {
      if (error instanceof OAuthError) await this.proofs.refuse(actor, found.client, found.method);
      throw error;
    }
    return found;
  }

  /**
   * Uses an assertion up in the transaction of what was asked for: of two requests with one assertion, on whichever nodes,
   * one commits.
   * @throws OAuthError `invalid_client` when it was used before
   */
  async useUp(tx: Tx, assertion: AssertionUse | undefined): Promise<void> {
    if (assertion && !(await this.assertions.burn(tx, assertion)))
      throw new OAuthError('invalid_client', 'Invalid client assertion: it was used before');
  }

  private async prove(credential: PresentedCredential, actor: Actor): Promise<RequestClient> {
    const { proof, methods } = credential;
    const facts = 'assertion' in proof ? await this.checked(proof.assertion, actor) : undefined;
    const found = await this.proofs.prove(credential, actor);
    if (found.kind === 'wrong') throw refusal(methods.includes('client_secret_basic'), found.retryAfter);
    const { client } = found;
    return {
      client,
      authenticated: true,
      method: methods[0]!,
      assertion: facts && { ...facts, clientId: client.id },
    };
  }

  /** What a refused assertion names as its client is not proved, so the record does not name it either. */
  private async checked(assertion: string, actor: Actor): Promise<AssertionFacts> {
    try {
      return checkAssertion(assertion, { audiences: this.audiences, now: this.clock.seconds() });
    } catch (error) {
      const { retryAfter } = await this.proofs.refuse(actor, undefined, 'private_key_jwt');
      throw retryAfter === undefined ? error : refusal(false, retryAfter);
    }
  }
}

/**
 * The one credential of a request (RFC 6749 section 2.3: no more than one method), save that header and form may say the
 * same, because the SDK sends both (F9).
 * @throws OAuthError `invalid_client`, `invalid_request`
 */
function credentialOf(request: ClientAuthRequest): PresentedCredential | undefined {
  const read = clientAuthMethods.flatMap((method) => {
    const presented = method.read(request);
    return presented ? [{ name: method.name, ...presented }] : [];
  });
  const [first, second, ...more] = read.filter(({ proof }) => proof);
  if (!first?.proof) return undefined;
  if (second && (more.length > 0 || 'assertion' in first.proof || 'assertion' in second.proof!))
    throw new OAuthError('invalid_request', 'Only one way of client authentication may be used');
  if (second && !saysTheSame(first, second))
    throw new OAuthError('invalid_request', 'Header and body name different client credentials');
  if (read.some(({ clientId }) => clientId !== first.clientId))
    throw new OAuthError('invalid_request', 'Header and body name different clients');
  const methods = [first, ...(second ? [second] : [])].map(({ name }) => name as ClientAuthMethodName);
  return { clientId: first.clientId, proof: first.proof, methods };
}

function saysTheSame(header: PresentedClient, form: PresentedClient): boolean {
  if (header.clientId !== form.clientId || !header.proof || !form.proof) return false;
  if (!('secrets' in header.proof) || !('secrets' in form.proof)) return false;
  const { secrets } = form.proof;
  return header.proof.secrets.some((secret) => secrets.includes(secret));
}

/** @param retryAfter seconds, when wrong credentials came too often. */
function refusal(usedHeader: boolean, retryAfter?: number): OAuthError {
  const challenge = usedHeader ? { challenge: basicChallenge } : {};
  if (retryAfter === undefined) return new OAuthError('invalid_client', 'Invalid client', challenge);
  return new OAuthError('invalid_client', 'Too many wrong client credentials. Wait a minute', {
    status: 429,
    retryAfter,
    ...challenge,
  });
}
