import { Args, Context, Query, Resolver } from '@nestjs/graphql';
import { Access } from '../authentication/access.decorator.js';
import { turnOf } from '../authentication/caller.js';
import { ExplainService } from '../authentication/explain.service.js';
import {
  AccessExplanationView,
  AccessMatrixRowView,
  comparisonView,
  explanationView,
  matrixRowView,
  PolicyComparisonView,
} from './access-explanation.view.js';
import { AccessMatrixArgs, ComparePoliciesArgs, ExplainAccessArgs } from './access-explanations.types.js';
import type { GraphqlContext } from './graphql-context.types.js';
import { idFrom, ScopedService } from './scoped.service.js';

/** Why a member may do something, or may not. */
@Resolver()
export class AccessExplanationsResolver {
  constructor(
    private readonly scoped: ScopedService,
    private readonly explaining: ExplainService,
  ) {}

  @Query(() => AccessExplanationView, {
    description:
      'May this membership, from this address, with these scopes, for that member, do this to that resource?',
  })
  @Access('admin')
  async explainAccess(
    @Context() { caller }: GraphqlContext,
    @Args() args: ExplainAccessArgs,
  ): Promise<AccessExplanationView> {
    const { interaction, resourceType } = args;
    const answer = await this.scoped.read(caller, args, (tx, projectId) =>
      this.explaining.explain(tx, projectId, {
        membershipId: idFrom(args.membershipId),
        interaction,
        resourceType,
        reference: args.reference ?? undefined,
        resource: args.resource ?? undefined,
        address: args.address ?? undefined,
        scopes: args.scopes ?? undefined,
        onBehalfOf: args.onBehalfOf ?? undefined,
      }),
    );
    return explanationView(await this.explaining.judge(turnOf(caller), answer));
  }

  @Query(() => [AccessMatrixRowView], { description: 'What a membership may do to each type.' })
  @Access('admin')
  async accessMatrix(
    @Context() { caller }: GraphqlContext,
    @Args() args: AccessMatrixArgs,
  ): Promise<AccessMatrixRowView[]> {
    return this.scoped.read(caller, args, async (tx, projectId) => {
      const asked = { types: args.resourceTypes ?? undefined, scopes: args.scopes ?? undefined };
      const rows = await this.explaining.matrix(tx, projectId, idFrom(args.membershipId), asked);
      return rows.map(matrixRowView);
    });
  }

  @Query(() => PolicyComparisonView, { description: 'What two policies of a project open differently.' })
  @Access('admin')
  async compareAccessPolicies(
    @Context() { caller }: GraphqlContext,
    @Args() args: ComparePoliciesArgs,
  ): Promise<PolicyComparisonView> {
    return this.scoped.read(caller, args, async (tx, projectId) =>
      comparisonView(await this.explaining.compare(tx, projectId, idFrom(args.first), idFrom(args.second))),
    );
  }
}
