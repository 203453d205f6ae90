import { Context, Parent, ResolveField, Resolver } from '@nestjs/graphql';
import { displayName } from '../directory/profile-resource.js';
import { AccessPolicyView, accessPolicyView } from './access-policy.view.js';
import { ClientView, clientView } from './client.view.js';
import type { GraphqlContext } from './graphql-context.types.js';
import { MembershipView, ProfileView } from './membership.view.js';
import { UserView, userViewFor } from './user.view.js';

/** What a membership brings together. */
@Resolver(() => MembershipView)
export class MembershipRelationsResolver {
  @ResolveField(() => UserView, {
    nullable: true,
    description: 'Absent for a client, and for a server-scoped person until the person accepts.',
  })
  async user(
    @Context() { caller, loaders }: GraphqlContext,
    @Parent() { row }: MembershipView,
  ): Promise<UserView | undefined> {
    if (!row.userId) return undefined;
    const user = await loaders.users.load(row.userId);
    // Before that, whether the address had an account already is nobody's business in the project.
    const isHidden = row.state === 'pending' && user?.projectId === null && !caller.superAdmin;
    return user && !isHidden ? userViewFor(caller, user) : undefined;
  }

  @ResolveField(() => ClientView, { nullable: true, description: 'Absent for a person.' })
  async client(
    @Context() { loaders }: GraphqlContext,
    @Parent() { row }: MembershipView,
  ): Promise<ClientView | undefined> {
    const client = row.clientId ? await loaders.clients.load(row.clientId) : undefined;
    return client && clientView(client);
  }

  @ResolveField(() => ProfileView)
  async profile(
    @Context() { loaders }: GraphqlContext,
    @Parent() { row }: MembershipView,
  ): Promise<ProfileView> {
    const { profileType: resourceType, profileId, clientId } = row;
    const reference = `${resourceType}/${profileId}`;
    if (clientId) {
      return {
        reference,
        resourceType,
        display: (await loaders.clients.load(clientId))?.name ?? resourceType,
      };
    }
    const profile = await loaders.profiles.load(profileId);
    return { reference, resourceType, display: profile ? displayName(profile.content) : resourceType };
  }

  @ResolveField(() => AccessPolicyView, { nullable: true })
  async accessPolicy(
    @Context() { loaders }: GraphqlContext,
    @Parent() { row }: MembershipView,
  ): Promise<AccessPolicyView | undefined> {
    const policy = row.accessPolicyId ? await loaders.policies.load(row.accessPolicyId) : undefined;
    return policy && accessPolicyView(policy);
  }
}
