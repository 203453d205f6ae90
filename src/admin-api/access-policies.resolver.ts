import { Args, Context, ID, Mutation, Query, Resolver } from '@nestjs/graphql';
import { AccessPolicyService } from '../access-policy/access-policy.service.js';
import { Access } from '../authentication/access.decorator.js';
import type { PolicyId } from '../kernel/ids.js';
import { DefaultPoliciesService } from '../memberships/default-policies.service.js';
import { PolicyRemovalService } from '../memberships/policy-removal.service.js';
import {
  AccessPolicyPayload,
  CreateAccessPolicyInput,
  DefaultAccessPolicyPayload,
  EditAccessPolicyInput,
  policyChanges,
  RemoveAccessPolicyInput,
  RemoveAccessPolicyPayload,
  SetDefaultAccessPolicyInput,
} from './access-policies.types.js';
import {
  AccessPolicyConnection,
  AccessPolicyView,
  accessPolicyView,
  DefaultAccessPolicyView,
} from './access-policy.view.js';
import type { Connection } from './connection.view.js';
import type { GraphqlContext } from './graphql-context.types.js';
import { PagingService } from './paging.service.js';
import { ProjectArgs } from './scope.types.js';
import { ProjectListArgs } from './scope-list.types.js';
import { idFrom, ScopedService } from './scoped.service.js';

/** Access policies of a project, and which of them new memberships get. */
@Resolver(() => AccessPolicyView)
export class AccessPoliciesResolver {
  constructor(
    private readonly scoped: ScopedService,
    private readonly policies: AccessPolicyService,
    private readonly removal: PolicyRemovalService,
    private readonly defaults: DefaultPoliciesService,
    private readonly paging: PagingService,
  ) {}

  @Query(() => AccessPolicyView, { description: 'One policy of a project.' })
  @Access('admin')
  async accessPolicy(
    @Context() { caller }: GraphqlContext,
    @Args('id', { type: () => ID }) id: string,
    @Args() where: ProjectArgs,
  ): Promise<AccessPolicyView> {
    return this.scoped.read(caller, where, async (tx, projectId) =>
      accessPolicyView(await this.policies.get(tx, projectId, idFrom(id))),
    );
  }

  @Query(() => AccessPolicyConnection, { description: 'The policies of a project, oldest first.' })
  @Access('admin')
  async accessPolicies(
    @Context() { caller }: GraphqlContext,
    @Args() args: ProjectListArgs,
  ): Promise<Connection<AccessPolicyView>> {
    return this.scoped.read(caller, args, async (tx, projectId) => {
      const list = { query: 'accessPolicies', owner: projectId };
      const page = this.paging.query<PolicyId>(list, args);
      const found = await this.policies.list(tx, { ...page, projectId });
      return this.paging.connect(list, args, found, accessPolicyView);
    });
  }

  @Query(() => [DefaultAccessPolicyView], {
    description: 'The policies that new memberships of a project get.',
  })
  @Access('admin')
  async defaultAccessPolicies(
    @Context() { caller }: GraphqlContext,
    @Args() where: ProjectArgs,
  ): Promise<DefaultAccessPolicyView[]> {
    return this.scoped.read(caller, where, async (tx, projectId) => {
      const defaults = await this.defaults.list(tx, projectId);
      const ids = [...new Set(defaults.map(({ accessPolicyId }) => accessPolicyId))];
      const policies = new Map((await this.policies.findMany(tx, ids)).map((one) => [one.id, one]));
      return defaults
        .map(({ profileType, accessPolicyId }) => ({
          for: profileType,
          accessPolicy: accessPolicyView(policies.get(accessPolicyId)!),
        }))
        .sort((a, b) => a.for.localeCompare(b.for));
    });
  }

  @Mutation(() => AccessPolicyPayload, { description: 'Makes a policy; an empty one opens nothing.' })
  @Access('admin')
  async createAccessPolicy(
    @Context() { caller }: GraphqlContext,
    @Args('input') { projectId, idempotencyKey: key, name, ...input }: CreateAccessPolicyInput,
  ): Promise<AccessPolicyPayload> {
    return this.scoped.write(caller, { projectId }, async (tx, project) => {
      const creation = { operation: 'createAccessPolicy', key, input: { name, ...input } };
      const { id } = await this.scoped.once(tx, caller, project, creation, async () => {
        const policy = { ...policyChanges(input), name };
        return { id: (await this.policies.create(tx, caller.actor, project, policy)).id };
      });
      return { accessPolicy: accessPolicyView(await this.policies.get(tx, project, id)) };
    });
  }

  @Mutation(() => AccessPolicyPayload, {
    description: 'Changes what the input names; a list that it names takes the place of the one before.',
  })
  @Access('admin')
  async editAccessPolicy(
    @Context() { caller }: GraphqlContext,
    @Args('input') { id, version, projectId, ...input }: EditAccessPolicyInput,
  ): Promise<AccessPolicyPayload> {
    return this.scoped.write(caller, { projectId }, async (tx, project) => {
      const changes = policyChanges(input);
      const policy = await this.policies.edit(tx, caller.actor, project, idFrom(id), version, changes);
      return { accessPolicy: accessPolicyView(policy) };
    });
  }

  @Mutation(() => RemoveAccessPolicyPayload, {
    description: 'Deletes a policy that no membership and no default names.',
  })
  @Access('admin')
  async removeAccessPolicy(
    @Context() { caller }: GraphqlContext,
    @Args('input') { id, projectId }: RemoveAccessPolicyInput,
  ): Promise<RemoveAccessPolicyPayload> {
    return this.scoped.write(caller, { projectId }, async (tx, project) => {
      await this.removal.remove(tx, caller.actor, project, idFrom(id));
      return { removedId: id };
    });
  }

  @Mutation(() => DefaultAccessPolicyPayload, { description: 'Names the policy that new memberships get.' })
  @Access('admin')
  async setDefaultAccessPolicy(
    @Context() { caller }: GraphqlContext,
    @Args('input') { projectId, accessPolicyId, for: who }: SetDefaultAccessPolicyInput,
  ): Promise<DefaultAccessPolicyPayload> {
    return this.scoped.write(caller, { projectId }, async (tx, project) => {
      const id = idFrom<'AccessPolicy'>(accessPolicyId);
      const policy = await this.defaults.choose(tx, caller.actor, project, who, id);
      return { defaultAccessPolicy: { for: who, accessPolicy: accessPolicyView(policy) } };
    });
  }
}
