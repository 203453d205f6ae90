import { Args, Context, ID, Mutation, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { Access } from '../authentication/access.decorator.js';
import type { ClientApplication } from '../clients/client-application.entity.js';
import { ClientsService } from '../clients/clients.service.js';
import type { ClientId, ProjectId } from '../kernel/ids.js';
import type { Tx } from '../kernel/tx.js';
import { ClientRemovalService } from '../memberships/client-removal.service.js';
import { checkScopes } from '../smart/client-scopes.js';
import {
  ClientConnection,
  ClientSecretView,
  ClientView,
  clientSecretView,
  clientView,
} from './client.view.js';
import { ClientIdInput, ClientPayload, EditClientInput, RemoveClientPayload } from './clients.types.js';
import type { Connection } from './connection.view.js';
import type { GraphqlContext } from './graphql-context.types.js';
import { PagingService } from './paging.service.js';
import { ScopeArgs } from './scope.types.js';
import { ScopeListArgs } from './scope-list.types.js';
import { idFrom, ScopedService } from './scoped.service.js';

type Change = (tx: Tx, owner: ProjectId | null, id: ClientId) => Promise<ClientApplication>;

/** Client applications of a project; those of the server for super admins only. */
@Resolver(() => ClientView)
export class ClientsResolver {
  constructor(
    private readonly scoped: ScopedService,
    private readonly clients: ClientsService,
    private readonly removal: ClientRemovalService,
    private readonly paging: PagingService,
  ) {}

  @Query(() => ClientView, { description: 'One client of a project, or of the server.' })
  @Access('admin')
  async client(
    @Context() { caller }: GraphqlContext,
    @Args('id', { type: () => ID }) id: string,
    @Args() where: ScopeArgs,
  ): Promise<ClientView> {
    return this.scoped.readOwned(caller, where, async (tx, owner) =>
      clientView(await this.clients.get(tx, owner, idFrom(id))),
    );
  }

  @Query(() => ClientConnection, {
    name: 'clients',
    description: 'The clients of a project, or of the server; oldest first.',
  })
  @Access('admin')
  async list(
    @Context() { caller }: GraphqlContext,
    @Args() args: ScopeListArgs,
  ): Promise<Connection<ClientView>> {
    return this.scoped.readOwned(caller, args, async (tx, owner) => {
      const list = { query: 'clients', owner };
      const page = this.paging.query<ClientId>(list, args);
      const found = await this.clients.list(tx, { ...page, projectId: owner });
      return this.paging.connect(list, args, found, clientView);
    });
  }

  @ResolveField(() => ClientSecretView, { nullable: true, description: 'Absent when it has no secret.' })
  async secret(
    @Context() { loaders }: GraphqlContext,
    @Parent() { id }: ClientView,
  ): Promise<ClientSecretView | undefined> {
    return clientSecretView(await loaders.secrets.load(id as ClientId));
  }

  @Mutation(() => ClientPayload, {
    description: 'Changes what the input names; a list that it names takes the place of the one before.',
  })
  @Access('admin')
  async editClient(
    @Context() context: GraphqlContext,
    @Args('input') { id, version, projectId, scope, ...changes }: EditClientInput,
  ): Promise<ClientPayload> {
    const { actor } = context.caller;
    if (changes.directSignIn === 'everyone') await this.scoped.server(context.caller);
    checkScopes(changes);
    return this.change(context, { id, projectId, scope }, (tx, owner, clientId) =>
      this.clients.edit(tx, actor, owner, clientId, version, changes),
    );
  }

  @Mutation(() => ClientPayload, { description: 'Ends every access through the client at once.' })
  @Access('admin')
  async deactivateClient(
    @Context() context: GraphqlContext,
    @Args('input') input: ClientIdInput,
  ): Promise<ClientPayload> {
    return this.change(context, input, (tx, owner, id) =>
      this.clients.deactivate(tx, context.caller.actor, owner, id),
    );
  }

  @Mutation(() => ClientPayload, { description: 'Lets a deactivated client in again.' })
  @Access('admin')
  async activateClient(
    @Context() context: GraphqlContext,
    @Args('input') input: ClientIdInput,
  ): Promise<ClientPayload> {
    return this.change(context, input, (tx, owner, id) =>
      this.clients.activate(tx, context.caller.actor, owner, id),
    );
  }

  @Mutation(() => RemoveClientPayload, {
    description:
      'Deletes a client with its secrets and its own membership, and ends every access through it. To switch one off for a while, deactivate it.',
  })
  @Access('admin')
  async removeClient(
    @Context() { caller }: GraphqlContext,
    @Args('input') input: ClientIdInput,
  ): Promise<RemoveClientPayload> {
    return this.scoped.writeOwned(caller, input, async (tx, owner) => {
      await this.removal.remove(tx, caller.actor, owner, idFrom(input.id));
      return { removedId: input.id };
    });
  }

  private async change(
    { caller }: GraphqlContext,
    input: ClientIdInput,
    change: Change,
  ): Promise<ClientPayload> {
    return this.scoped.writeOwned(caller, input, async (tx, owner) => ({
      client: clientView(await change(tx, owner, idFrom(input.id))),
    }));
  }
}
