import { Args, Context, ID, Mutation, Query, Resolver } from '@nestjs/graphql';
import { Access } from '../authentication/access.decorator.js';
import { UsersService } from '../identities/users.service.js';
import type { MembershipId, ProjectId } from '../kernel/ids.js';
import type { Tx } from '../kernel/tx.js';
import { MembershipsService } from '../memberships/memberships.service.js';
import { OnboardingService } from '../memberships/onboarding.service.js';
import type { ProjectMembership } from '../memberships/project-membership.entity.js';
import type { Connection } from './connection.view.js';
import type { GraphqlContext } from './graphql-context.types.js';
import { MembershipConnection, MembershipView, membershipView } from './membership.view.js';
import {
  CreateMembershipInput,
  EditMembershipInput,
  MembershipIdInput,
  MembershipPayload,
  membershipOptions,
  RemoveMembershipPayload,
} from './memberships.types.js';
import { PagingService } from './paging.service.js';
import { ProjectArgs, type ProjectInput, Scope } from './scope.types.js';
import { ProjectListArgs } from './scope-list.types.js';
import { idFrom, ScopedService } from './scoped.service.js';

type Change = (tx: Tx, projectId: ProjectId, id: MembershipId) => Promise<ProjectMembership>;

/** Who belongs to a project: what its admins look after of everybody, server-scoped people included. */
@Resolver(() => MembershipView)
export class MembershipsResolver {
  constructor(
    private readonly scoped: ScopedService,
    private readonly memberships: MembershipsService,
    private readonly onboarding: OnboardingService,
    private readonly users: UsersService,
    private readonly paging: PagingService,
  ) {}

  @Query(() => MembershipView, { description: 'One membership of a project.' })
  @Access('admin')
  async membership(
    @Context() { caller }: GraphqlContext,
    @Args('id', { type: () => ID }) id: string,
    @Args() where: ProjectArgs,
  ): Promise<MembershipView> {
    return this.scoped.read(caller, where, async (tx, projectId) =>
      membershipView(await this.memberships.get(tx, projectId, idFrom(id))),
    );
  }

  @Query(() => MembershipConnection, {
    name: 'memberships',
    description: 'The members of a project, people and clients, oldest first.',
  })
  @Access('admin')
  async list(
    @Context() { caller }: GraphqlContext,
    @Args() args: ProjectListArgs,
  ): Promise<Connection<MembershipView>> {
    return this.scoped.read(caller, args, async (tx, projectId) => {
      const list = { query: 'memberships', owner: projectId };
      const page = this.paging.query<MembershipId>(list, args);
      const found = await this.memberships.list(tx, { ...page, projectId });
      return this.paging.connect(list, args, found, membershipView);
    });
  }

  @Mutation(() => MembershipPayload, { description: 'Gives a user that exists a membership with a profile.' })
  @Access('admin')
  async createMembership(
    @Context() { caller }: GraphqlContext,
    @Args('input') { projectId, idempotencyKey: key, ...input }: CreateMembershipInput,
  ): Promise<MembershipPayload> {
    const { userScope, profileType, patient, another, membership } = input;
    // A project admin cannot name a server-scoped person by id: such a person is invited by address (rulings 24).
    const ofServer = userScope === Scope.SERVER;
    if (ofServer) await this.scoped.server(caller);
    return this.scoped.write(caller, { projectId }, async (tx, project) => {
      const owner = ofServer ? null : project;
      const creation = { operation: 'createMembership', key, input };
      const { id } = await this.scoped.once(tx, caller, project, creation, async () => {
        const user = await this.users.get(tx, owner, idFrom(input.userId));
        const person = {
          profileType,
          patient,
          another: another ?? false,
          membership: membershipOptions(membership),
        };
        const state = ofServer ? 'pending' : 'active';
        return { id: (await this.onboarding.join(tx, caller.actor, project, user, person, state)).id };
      });
      return { membership: membershipView(await this.memberships.get(tx, project, id)) };
    });
  }

  @Mutation(() => MembershipPayload, { description: 'Changes rights, policies, label or external id.' })
  @Access('admin')
  async editMembership(
    @Context() context: GraphqlContext,
    @Args('input') input: EditMembershipInput,
  ): Promise<MembershipPayload> {
    return this.change(context, input, (tx, projectId, id) =>
      this.memberships.edit(
        tx,
        context.caller.actor,
        projectId,
        id,
        input.version,
        membershipOptions(input.changes),
      ),
    );
  }

  @Mutation(() => MembershipPayload, { description: "Ends the member's access at once." })
  @Access('admin')
  async deactivateMembership(
    @Context() context: GraphqlContext,
    @Args('input') input: MembershipIdInput,
  ): Promise<MembershipPayload> {
    return this.change(context, input, (tx, projectId, id) =>
      this.memberships.deactivate(tx, context.caller.actor, projectId, id),
    );
  }

  @Mutation(() => MembershipPayload, { description: 'Lets a deactivated member in again.' })
  @Access('admin')
  async activateMembership(
    @Context() context: GraphqlContext,
    @Args('input') input: MembershipIdInput,
  ): Promise<MembershipPayload> {
    return this.change(context, input, (tx, projectId, id) =>
      this.memberships.activate(tx, context.caller.actor, projectId, id),
    );
  }

  @Mutation(() => RemoveMembershipPayload, {
    description: 'Ends a membership for good; the user and the profile stay.',
  })
  @Access('admin')
  async removeMembership(
    @Context() { caller }: GraphqlContext,
    @Args('input') { id, projectId }: MembershipIdInput,
  ): Promise<RemoveMembershipPayload> {
    return this.scoped.write(caller, { projectId }, async (tx, project) => {
      await this.memberships.remove(tx, caller.actor, project, idFrom(id));
      return { removedId: id };
    });
  }

  private async change(
    { caller }: GraphqlContext,
    { id, projectId }: ProjectInput & { readonly id: string },
    change: Change,
  ): Promise<MembershipPayload> {
    return this.scoped.write(caller, { projectId }, async (tx, project) => ({
      membership: membershipView(await change(tx, project, idFrom(id))),
    }));
  }
}
