import { Context, Parent, ResolveField, Resolver } from '@nestjs/graphql';
import type { UserId } from '../kernel/ids.js';
import type { GraphqlContext } from './graphql-context.types.js';
import { UserView, unlessForeign } from './user.view.js';

const lockedOutInWords =
  'A hundred sign-ins in a row failed: nobody can sign in with its password until `unlockUser` opens it again.';

/** Whether a person cannot sign in because somebody tried too many passwords (F94). */
@Resolver(() => UserView)
export class UserLockoutsResolver {
  @ResolveField(() => Boolean, {
    nullable: true,
    description: `Whether a hundred failed sign-ins in a row closed the account, until \`unlockUser\`. ${unlessForeign.description}`,
  })
  async lockedOut(
    @Context() { loaders }: GraphqlContext,
    @Parent() { id, active }: UserView,
  ): Promise<boolean | undefined> {
    // Of a person whose account belongs to no project, its admin is not told that it is active either.
    if (active === undefined) return undefined;
    return (await loaders.lockouts.load(id as UserId)) !== undefined;
  }

  @ResolveField(() => [String], { description: 'What this means, in words.' })
  async explain(@Context() context: GraphqlContext, @Parent() view: UserView): Promise<string[]> {
    return (await this.lockedOut(context, view)) ? [...view.explain, lockedOutInWords] : view.explain;
  }
}
