import { Args, Context, Mutation, Resolver } from '@nestjs/graphql';
import { Access } from '../authentication/access.decorator.js';
import { ClientSecretsService } from '../clients/client-secrets.service.js';
import { ClientsService } from '../clients/clients.service.js';
import { MembershipsService } from '../memberships/memberships.service.js';
import { OnboardingService } from '../memberships/onboarding.service.js';
import { checkScopes } from '../smart/client-scopes.js';
import { clientView } from './client.view.js';
import {
  ClientIdInput,
  ClientPayload,
  ClientSecretPayload,
  CreateClientInput,
  CreateClientPayload,
  RotateClientSecretInput,
} from './clients.types.js';
import type { GraphqlContext } from './graphql-context.types.js';
import { membershipView } from './membership.view.js';
import { membershipOptions } from './memberships.types.js';
import { idFrom, ScopedService } from './scoped.service.js';

/** The three acts that touch the secret of a client: made, exchanged, its predecessor ended (rulings 12). */
@Resolver()
export class ClientSecretsResolver {
  constructor(
    private readonly scoped: ScopedService,
    private readonly clients: ClientsService,
    private readonly secrets: ClientSecretsService,
    private readonly onboarding: OnboardingService,
    private readonly memberships: MembershipsService,
  ) {}

  @Mutation(() => CreateClientPayload, {
    description: 'Makes a client with a membership of its own; its secret is shown this once.',
  })
  @Access('admin')
  async createClient(
    @Context() { caller }: GraphqlContext,
    @Args('input') { projectId, scope, idempotencyKey: key, membership, ...input }: CreateClientInput,
  ): Promise<CreateClientPayload> {
    if (input.directSignIn === 'everyone') await this.scoped.server(caller);
    checkScopes(input);
    return this.scoped.writeOwned(caller, { projectId, scope }, async (tx, owner) => {
      const creation = { operation: 'createClient', key, input: { membership, ...input } };
      const made = await this.scoped.once(tx, caller, owner, creation, async () => {
        if (owner === null) {
          const { client, secret } = await this.clients.create(tx, caller.actor, null, input);
          return { id: client.id, secret, membershipId: undefined };
        }
        const options = membershipOptions(membership);
        const added = await this.onboarding.addClient(tx, caller.actor, owner, input, options);
        return { id: added.client.id, secret: added.secret, membershipId: added.membership.id };
      });
      const row = owner && made.membershipId && (await this.memberships.get(tx, owner, made.membershipId));
      return {
        client: clientView(await this.clients.get(tx, owner, made.id)),
        secret: made.secret,
        membership: row ? membershipView(row) : undefined,
      };
    });
  }

  @Mutation(() => ClientSecretPayload, {
    description:
      'Makes a new secret and shows it this once; the one before works on until it expires or the rotation is finished.',
  })
  @Access('admin')
  async rotateClientSecret(
    @Context() { caller }: GraphqlContext,
    @Args('input') input: RotateClientSecretInput,
  ): Promise<ClientSecretPayload> {
    const { id, expiresAt, idempotencyKey: key } = input;
    return this.scoped.writeOwned(caller, input, async (tx, owner) => {
      const clientId = idFrom<'ClientApplication'>(id);
      const creation = { operation: 'rotateClientSecret', key, input: { id, expiresAt } };
      const { secret } = await this.scoped.once(tx, caller, owner, creation, async () => {
        const options = { expiresAt: expiresAt ?? null };
        return { secret: (await this.secrets.rotate(tx, caller.actor, owner, clientId, options)).secret };
      });
      return { client: clientView(await this.clients.get(tx, owner, clientId)), secret };
    });
  }

  @Mutation(() => ClientPayload, { description: 'Ends a rotation: the secret before stops working now.' })
  @Access('admin')
  async finishClientSecretRotation(
    @Context() { caller }: GraphqlContext,
    @Args('input') input: ClientIdInput,
  ): Promise<ClientPayload> {
    return this.scoped.writeOwned(caller, input, async (tx, owner) => ({
      client: clientView(await this.secrets.finish(tx, caller.actor, owner, idFrom(input.id))),
    }));
  }
}
