import { Injectable } from '@nestjs/common';
import type { ClientApplication } from '../clients/client-application.entity.js';
import { clientFields, clientResource, writableClientElements } from '../clients/client-application.fhir.js';
import { ClientSearchService } from '../clients/client-search.service.js';
import { ClientsService } from '../clients/clients.service.js';
import { invalidField } from '../kernel/errors.js';
import type { ClientId } from '../kernel/ids.js';
import { ClientRemovalService } from '../memberships/client-removal.service.js';
import type { Resource } from '../r4/search-row.js';
import { checkScopes } from '../smart/client-scopes.js';
import type { ResourceWriting } from './resource-home.js';
import { changedFields, refuseOtherChanges, versionedByRow, versionOf } from './view-changes.js';
import { ViewHome } from './view-home.js';

/**
 * The clients of a project (wire-spec section 1.4). Of a client that is made here the secret is shown once, if it has one;
 * it has no membership before one is made for it. `status` switches a client off; one that is
 * deleted takes its membership along.
 */
@Injectable()
export class ClientHome extends ViewHome<ClientApplication> {
  readonly types: readonly string[] = ['ClientApplication'];

  readonly writing: ResourceWriting = {
    ...versionedByRow,
    create: async (tx, actor, projectId, resource) => {
      checkElements(undefined, resource);
      const { active, input } = clientFields(resource);
      checkScopes(input);
      const { client, secret } = await this.clients.create(tx, actor, projectId, input);
      const made = active ? client : await this.clients.deactivate(tx, actor, projectId, client.id);
      return { resource: clientResource(made), ...(secret && { once: { secret } }) };
    },
    update: async (tx, actor, projectId, before, resource) => {
      checkElements(before, resource);
      const id = before.id as ClientId;
      const version = versionOf(before);
      const { authenticatedGrants: proved } = await this.clients.get(tx, projectId, id);
      const { active, input } = clientFields(resource, proved);
      const changes = changedFields(clientFields(before, proved).input, input);
      checkScopes(changes);
      const isEdited = Object.keys(changes).length > 0;
      if (isEdited) await this.clients.edit(tx, actor, projectId, id, version, changes);
      const next = isEdited ? version + 1 : version;
      const switched = active ? 'activate' : 'deactivate';
      return clientResource(await this.clients[switched](tx, actor, projectId, id, next));
    },
    remove: async (tx, actor, projectId, before) => {
      await this.removal.remove(tx, actor, projectId, before.id as ClientId, versionOf(before));
      return true;
    },
  };

  constructor(
    search: ClientSearchService,
    private readonly clients: ClientsService,
    private readonly removal: ClientRemovalService,
  ) {
    super(search, clientResource);
  }
}

function checkElements(before: Resource | undefined, resource: Resource): void {
  for (const name of ['secret', 'retiringSecret'])
    if (resource[name] !== undefined) throw invalidField(name, 'is made by the server. Leave it out');
  refuseOtherChanges(before, resource, writableClientElements);
}
