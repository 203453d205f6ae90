import { Args, Context, Mutation, Parent, ResolveField, Resolver } from '@nestjs/graphql';
import { PeopleFactorsService } from '../account/people-factors.service.js';
import { Access } from '../authentication/access.decorator.js';
import { UsersService } from '../identities/users.service.js';
import { notFound } from '../kernel/errors.js';
import type { UserId } from '../kernel/ids.js';
import { MembershipsService } from '../memberships/memberships.service.js';
import { FactorRequirementsService } from '../mfa/factor-requirements.service.js';
import {
  FactorsPayload,
  FactorView,
  factorView,
  MemberFactorPayload,
  RequireSecondFactorInput,
  RequireSecondFactorOfMemberInput,
} from './factors.types.js';
import type { GraphqlContext } from './graphql-context.types.js';
import { membershipView } from './membership.view.js';
import { idFrom, ScopedService } from './scoped.service.js';
import { UserView, unlessForeign, userView } from './user.view.js';
import { UserIdInput } from './users.types.js';

/** Second factors of people, for whoever looks after the account; demands also of members (rulings 24, F61). */
@Resolver(() => UserView)
export class FactorsResolver {
  constructor(
    private readonly scoped: ScopedService,
    private readonly users: UsersService,
    private readonly memberships: MembershipsService,
    private readonly people: PeopleFactorsService,
    private readonly requirements: FactorRequirementsService,
  ) {}

  @ResolveField(() => [FactorView], {
    nullable: true,
    description: `The second factors of the person. ${unlessForeign.description}`,
  })
  async factors(
    @Context() { loaders }: GraphqlContext,
    @Parent() { id, active }: UserView,
  ): Promise<FactorView[] | undefined> {
    if (active === undefined) return undefined;
    return ((await loaders.factors.load(id as UserId))?.factors ?? []).map(factorView);
  }

  @ResolveField(() => Boolean, {
    nullable: true,
    description: `Whether the person must have a second factor wherever the account signs in. ${unlessForeign.description}`,
  })
  async secondFactorRequired(
    @Context() { loaders }: GraphqlContext,
    @Parent() { id, active }: UserView,
  ): Promise<boolean | undefined> {
    if (active === undefined) return undefined;
    return (await loaders.factors.load(id as UserId))?.required ?? false;
  }

  @Mutation(() => FactorsPayload, {
    description:
      'Takes every second factor from a person, who has lost them, and ends every session and login. Make sure first who asks.',
  })
  @Access('admin')
  async resetFactors(
    @Context() { caller, loaders }: GraphqlContext,
    @Args('input') input: UserIdInput,
  ): Promise<FactorsPayload> {
    return this.scoped.writeOwned(caller, input, async (tx, owner) => {
      const user = await this.users.get(tx, owner, idFrom(input.id));
      await this.people.reset(tx, caller.actor, user);
      loaders.factors.clear(user.id);
      return { user: userView(user) };
    });
  }

  @Mutation(() => FactorsPayload, {
    description:
      'Demands a second factor of a person, or no more: who has none sets one up at the next sign-in, before anything else.',
  })
  @Access('admin')
  async requireSecondFactor(
    @Context() { caller, loaders }: GraphqlContext,
    @Args('input') input: RequireSecondFactorInput,
  ): Promise<FactorsPayload> {
    return this.scoped.writeOwned(caller, input, async (tx, owner) => {
      const user = await this.users.get(tx, owner, idFrom(input.id));
      const target = { userId: user.id, projectId: user.projectId };
      await this.requirements.set(tx, caller.actor, target, input.required);
      loaders.factors.clear(user.id);
      return { user: userView(user) };
    });
  }

  @Mutation(() => MemberFactorPayload, {
    description: 'Demands a second factor of a member, in this project only, or no more.',
  })
  @Access('admin')
  async requireSecondFactorOfMember(
    @Context() { caller }: GraphqlContext,
    @Args('input') input: RequireSecondFactorOfMemberInput,
  ): Promise<MemberFactorPayload> {
    return this.scoped.write(caller, input, async (tx, projectId) => {
      const membership = await this.memberships.get(tx, projectId, idFrom(input.id));
      if (!membership.userId) throw notFound();
      const target = { userId: membership.userId, projectId };
      await this.requirements.set(tx, caller.actor, target, input.required);
      return { membership: membershipView(membership) };
    });
  }
}
