import { Args, Context, Mutation, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { Access } from '../authentication/access.decorator.js';
import { notFound } from '../kernel/errors.js';
import type { LoginId } from '../kernel/ids.js';
import { pageOf, rowsToRead } from '../kernel/page.js';
import { LoginEndingsService } from '../logins/login-endings.service.js';
import { LoginsService } from '../logins/logins.service.js';
import { MembershipsService } from '../memberships/memberships.service.js';
import type { Connection } from './connection.view.js';
import type { GraphqlContext } from './graphql-context.types.js';
import { LoginConnection, LoginView, loginView } from './login.view.js';
import {
  LoginIdInput,
  LoginListArgs,
  LoginPayload,
  RevokedLoginsPayload,
  RevokeMembershipLoginsInput,
} from './logins.types.js';
import { PagingService } from './paging.service.js';
import { idFrom, ScopedService } from './scoped.service.js';
import { UserView, userViewFor } from './user.view.js';

const reason = 'ended-by-admin';

/** Logins of a project: all that its admins may end of a server-scoped person (rulings 24). */
@Resolver(() => LoginView)
export class LoginsResolver {
  constructor(
    private readonly scoped: ScopedService,
    private readonly logins: LoginsService,
    private readonly endings: LoginEndingsService,
    private readonly memberships: MembershipsService,
    private readonly paging: PagingService,
  ) {}

  @Query(() => LoginConnection, {
    name: 'logins',
    description: 'The live logins of people in a project, newest first.',
  })
  @Access('admin')
  async list(
    @Context() { caller }: GraphqlContext,
    @Args() args: LoginListArgs,
  ): Promise<Connection<LoginView>> {
    return this.scoped.read(caller, args, async (tx, projectId) => {
      const userId = args.userId == null ? undefined : idFrom<'User'>(args.userId);
      const list = { query: 'logins', owner: projectId, filter: [userId ?? null] };
      const page = this.paging.query<LoginId>(list, args);
      const rows = await this.logins.liveOfProject(tx, projectId, page.after, rowsToRead(page), userId);
      return this.paging.connect(list, args, pageOf(rows, page), loginView);
    });
  }

  @ResolveField(() => UserView, { nullable: true, description: 'Absent when a client signed in for itself.' })
  async user(
    @Context() { caller, loaders }: GraphqlContext,
    @Parent() { row }: LoginView,
  ): Promise<UserView | undefined> {
    const user = row.userId ? await loaders.users.load(row.userId) : undefined;
    return user && userViewFor(caller, user);
  }

  @ResolveField(() => String, { nullable: true, description: 'Of the app that was signed in to.' })
  async clientName(
    @Context() { loaders }: GraphqlContext,
    @Parent() { row }: LoginView,
  ): Promise<string | undefined> {
    return (await loaders.clients.load(row.clientId))?.name;
  }

  @Mutation(() => LoginPayload, { description: 'Ends a login: none of its tokens works any more.' })
  @Access('admin')
  async revokeLogin(
    @Context() { caller }: GraphqlContext,
    @Args('input') { id, projectId }: LoginIdInput,
  ): Promise<LoginPayload> {
    return this.scoped.write(caller, { projectId }, async (tx, project) => {
      const loginId = idFrom<'Login'>(id);
      const login = await this.logins.read(tx, loginId);
      if (login?.projectId !== project) throw notFound();
      await this.logins.revoke(tx, caller.actor, loginId, reason);
      return { login: loginView((await this.logins.read(tx, loginId))!) };
    });
  }

  @Mutation(() => RevokedLoginsPayload, {
    description: 'Ends every login of a person under one membership, in every app.',
  })
  @Access('admin')
  async revokeMembershipLogins(
    @Context() { caller }: GraphqlContext,
    @Args('input') input: RevokeMembershipLoginsInput,
  ): Promise<RevokedLoginsPayload> {
    return this.scoped.write(caller, input, async (tx, projectId) => {
      const id = idFrom<'ProjectMembership'>(input.membershipId);
      const { userId } = await this.memberships.get(tx, projectId, id);
      if (!userId) return { revoked: 0 };
      const member = { projectId, userId, membershipId: id };
      return { revoked: await this.endings.revokeOfMembership(tx, caller.actor, member, reason) };
    });
  }
}
