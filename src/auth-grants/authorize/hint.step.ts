import type { ClientsService } from '../../clients/clients.service.js';
import type { IdTokenHintsService } from '../../tokens/id-token-hints.service.js';
import { type AuthorizeStep, redirectRefusal } from './authorize.types.js';

/**
 * `id_token_hint` is an id_token of ours for this client, or for another one of its project (F90). It may have expired. When
 * its key is no longer kept, nothing can be said about it: it counts as absent, and `prompt=none` cannot go on.
 */
export const hintStep = (hints: IdTokenHintsService, clients: ClientsService): AuthorizeStep => ({
  name: 'hint',
  async check(context) {
    const token = context.parameters.get('id_token_hint');
    if (token === undefined) return undefined;
    const reading = await hints.read(token);
    if (reading === 'unknown-key') {
      return context.prompt?.has('none') ? redirectRefusal('login_required', 'Login required') : undefined;
    }
    const client = context.client!;
    const asked = reading === 'wrong' ? undefined : reading.hint;
    const kin =
      asked?.clientId === client.id ||
      (asked && client.projectId && (await clients.find(asked.clientId))?.projectId === client.projectId);
    if (!asked || !kin) {
      return redirectRefusal('invalid_request', 'id_token_hint is no id_token of this server for this app');
    }
    context.hintedUser = asked.userId;
    return undefined;
  },
});
