import { Args, Context, ID, Mutation, Query, Resolver } from '@nestjs/graphql';
import { Access } from '../authentication/access.decorator.js';
import type { User } from '../identities/user.entity.js';
import { UsersService } from '../identities/users.service.js';
import type { ProjectId, UserId } from '../kernel/ids.js';
import type { Tx } from '../kernel/tx.js';
import { SignInService } from '../logins/sign-in.service.js';
import { PeopleService } from '../memberships/people.service.js';
import type { Connection } from './connection.view.js';
import type { GraphqlContext } from './graphql-context.types.js';
import { PagingService } from './paging.service.js';
import { ScopeArgs } from './scope.types.js';
import { ScopeListArgs } from './scope-list.types.js';
import { idFrom, ScopedService } from './scoped.service.js';
import { UserConnection, UserView, userView } from './user.view.js';
import { EditUserInput, UserIdInput, UserPayload } from './users.types.js';

type Change = (tx: Tx, owner: ProjectId | null, id: UserId) => Promise<User>;

/** People of a project; server-scoped people for super admins only (rulings 24). */
@Resolver(() => UserView)
export class UsersResolver {
  constructor(
    private readonly scoped: ScopedService,
    private readonly users: UsersService,
    private readonly people: PeopleService,
    private readonly signIn: SignInService,
    private readonly paging: PagingService,
  ) {}

  @Query(() => UserView, { description: 'One user of a project, or of the server.' })
  @Access('admin')
  async user(
    @Context() { caller }: GraphqlContext,
    @Args('id', { type: () => ID }) id: string,
    @Args() where: ScopeArgs,
  ): Promise<UserView> {
    return this.scoped.readOwned(caller, where, async (tx, owner) =>
      userView(await this.users.get(tx, owner, idFrom(id))),
    );
  }

  @Query(() => UserConnection, {
    name: 'users',
    description: "A project's own users, or the server-scoped ones; oldest first.",
  })
  @Access('admin')
  async list(
    @Context() { caller }: GraphqlContext,
    @Args() args: ScopeListArgs,
  ): Promise<Connection<UserView>> {
    return this.scoped.readOwned(caller, args, async (tx, owner) => {
      const list = { query: 'users', owner };
      const page = this.paging.query<UserId>(list, args);
      const found = await this.users.list(tx, { ...page, projectId: owner });
      return this.paging.connect(list, args, found, userView);
    });
  }

  @Mutation(() => UserPayload, { description: 'Changes names.' })
  @Access('admin')
  async editUser(
    @Context() context: GraphqlContext,
    @Args('input') { id, version, projectId, scope, ...changes }: EditUserInput,
  ): Promise<UserPayload> {
    const { actor } = context.caller;
    return this.change(context, { id, projectId, scope }, (tx, owner, userId) =>
      this.users.edit(tx, actor, owner, userId, version, changes),
    );
  }

  @Mutation(() => UserPayload, { description: 'Ends every access of the person at once.' })
  @Access('admin')
  async deactivateUser(
    @Context() context: GraphqlContext,
    @Args('input') input: UserIdInput,
  ): Promise<UserPayload> {
    return this.change(context, input, (tx, owner, id) =>
      this.people.deactivate(tx, context.caller.actor, owner, id),
    );
  }

  @Mutation(() => UserPayload, { description: 'Lets a deactivated person in again.' })
  @Access('admin')
  async activateUser(
    @Context() context: GraphqlContext,
    @Args('input') input: UserIdInput,
  ): Promise<UserPayload> {
    return this.change(context, input, (tx, owner, id) =>
      this.users.activate(tx, context.caller.actor, owner, id),
    );
  }

  @Mutation(() => UserPayload, {
    description: 'Lets a person try again whose account was closed by a hundred failed sign-ins in a row.',
  })
  @Access('admin')
  async unlockUser(
    @Context() context: GraphqlContext,
    @Args('input') input: UserIdInput,
  ): Promise<UserPayload> {
    return this.change(context, input, async (tx, owner, id) => {
      const user = await this.users.get(tx, owner, id);
      await this.signIn.unlock(tx, context.caller.actor, user);
      return user;
    });
  }

  private async change({ caller }: GraphqlContext, input: UserIdInput, change: Change): Promise<UserPayload> {
    return this.scoped.writeOwned(caller, input, async (tx, owner) => ({
      user: userView(await change(tx, owner, idFrom(input.id))),
    }));
  }
}
