import { Injectable } from '@nestjs/common';
import { type Client, ClientsService } from '../../clients/clients.service.js';
import { isRegisteredRedirectUri } from '../../clients/redirect-uri.js';
import { parseId } from '../../kernel/ids.js';
import { ProjectsService } from '../../projects/projects.service.js';
import { type IdTokenHint, IdTokenHintsService } from '../../tokens/id-token-hints.service.js';
import { pageRefusal, type StepRefusal } from '../authorize/authorize.types.js';
import type { Parameters } from '../parameters.js';
import type { LogoutRequest } from './logout-request.js';

/** What has to fit into a field of our own form, sealed, beside an address. */
const maxStateLength = 2000;

/** A refusal that the person gets to see; a request for sign-out is never answered to the app. */
type Refusal = Extract<StepRefusal, { readonly kind: 'page' }>;

const invalid = (explanation: string) =>
  pageRefusal('This request is not valid', `${explanation} You are still signed in.`) as Refusal;

/** Judges what an app asks the sign-out endpoint for (OIDC RP-Initiated Logout sections 2 and 3). Reads no cookie. */
@Injectable()
export class LogoutRequestsService {
  constructor(
    private readonly clients: ClientsService,
    private readonly projects: ProjectsService,
    private readonly hints: IdTokenHintsService,
  ) {}

  /**
   * The request, or why it is refused: a hint that is not ours, a client that is not there, two clients at once, an
   * address that the client did not register. An address without a client to judge it by is left out.
   */
  async read(
    parameters: Parameters,
  ): Promise<{ readonly request: LogoutRequest } | { readonly refusal: Refusal }> {
    const token = parameters.get('id_token_hint');
    const reading = token === undefined ? 'unknown-key' : await this.hints.read(token);
    if (reading === 'wrong')
      return { refusal: invalid('The ID token in it was not issued here, or was changed on the way.') };
    const hint = reading === 'unknown-key' ? undefined : reading.hint;
    const named = parameters.get('client_id');
    if (named !== undefined && hint && named !== hint.clientId)
      return { refusal: invalid('The ID token in it was issued to another app.') };
    const client = await this.active(named ?? hint?.clientId);
    if (named !== undefined && !client)
      return { refusal: invalid('The app that sent you here is not registered, or it was switched off.') };
    const address = client && parameters.get('post_logout_redirect_uri');
    if (address !== undefined && !this.mayReturn(client, address))
      return { refusal: invalid('The app asks to send you to an address that is not registered for it.') };
    if ((parameters.get('state') ?? '').length > maxStateLength)
      return { refusal: invalid('The state in it is too long.') };
    return { request: requestOf(parameters, client, hint, address) };
  }

  /** The active client of an active project. */
  async active(id: string | undefined): Promise<Client | undefined> {
    const clientId = parseId<'ClientApplication'>(id);
    const client = clientId && (await this.clients.find(clientId));
    const project = client?.projectId ? await this.projects.find(client.projectId) : undefined;
    return client?.active && (!client.projectId || project?.active) ? client : undefined;
  }

  /** Whether a browser may be sent to the address after signing out: as for redirect addresses, byte for byte. */
  mayReturn(client: Client | undefined, address: string): boolean {
    return client !== undefined && isRegisteredRedirectUri(client.postLogoutRedirectUris, address);
  }
}

function requestOf(
  parameters: Parameters,
  client: Client | undefined,
  hint: IdTokenHint | undefined,
  redirectUri: string | undefined,
): LogoutRequest {
  const state = parameters.get('state');
  const uiLocales = parameters.get('ui_locales');
  return {
    ...(client && { clientId: client.id }),
    ...(client && hint && { hint: { userId: hint.userId, loginId: hint.loginId } }),
    ...(redirectUri !== undefined && { redirectUri, ...(state !== undefined && { state }) }),
    ...(uiLocales !== undefined && { uiLocales: uiLocales.slice(0, 200) }),
  };
}
