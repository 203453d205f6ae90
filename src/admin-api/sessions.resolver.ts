import { Args, Context, Mutation, Query, Resolver } from '@nestjs/graphql';
import { Access } from '../authentication/access.decorator.js';
import { UsersService } from '../identities/users.service.js';
import { notFound } from '../kernel/errors.js';
import type { SessionId } from '../kernel/ids.js';
import { pageOf, rowsToRead } from '../kernel/page.js';
import { SessionsService } from '../logins/sessions.service.js';
import type { Connection } from './connection.view.js';
import type { GraphqlContext } from './graphql-context.types.js';
import { SessionConnection, SessionView, sessionView } from './login.view.js';
import {
  EndAllSessionsInput,
  EndAllSessionsPayload,
  EndSessionInput,
  EndSessionPayload,
  SessionListArgs,
} from './logins.types.js';
import { PagingService } from './paging.service.js';
import { idFrom, ScopedService } from './scoped.service.js';

const reason = 'ended-by-admin';

/** Browser sessions: of a project's own users for its admins, of server-scoped people for super admins (rulings 24). */
@Resolver(() => SessionView)
export class SessionsResolver {
  constructor(
    private readonly scoped: ScopedService,
    private readonly users: UsersService,
    private readonly sessions: SessionsService,
    private readonly paging: PagingService,
  ) {}

  @Query(() => SessionConnection, {
    name: 'sessions',
    description: 'The live browser sessions of a person, newest first, at most 200.',
  })
  @Access('admin')
  async list(
    @Context() { caller }: GraphqlContext,
    @Args() args: SessionListArgs,
  ): Promise<Connection<SessionView>> {
    return this.scoped.readOwned(caller, args, async (tx, owner) => {
      const { id: userId } = await this.users.get(tx, owner, idFrom(args.userId));
      const list = { query: 'sessions', owner, filter: [userId] };
      const page = this.paging.query<SessionId>(list, args);
      const limit = rowsToRead(page);
      const after = page.after;
      const live = await this.sessions.list(userId);
      const rows = live.filter(({ id }) => after === undefined || id < after).slice(0, limit);
      return this.paging.connect(list, args, pageOf(rows, page), sessionView);
    });
  }

  @Mutation(() => EndSessionPayload, {
    description: 'Ends a browser session and every login that came from it.',
  })
  @Access('admin')
  async endSession(
    @Context() { caller }: GraphqlContext,
    @Args('input') input: EndSessionInput,
  ): Promise<EndSessionPayload> {
    return this.scoped.writeOwned(caller, input, async (tx, owner) => {
      const user = await this.users.get(tx, owner, idFrom(input.userId));
      const own = (await this.sessions.list(user.id)).find(({ id }) => id === input.id);
      const ended = own && (await this.sessions.end(tx, caller.actor, own.id, reason, user.projectId));
      if (!ended) throw notFound();
      return { endedId: input.id };
    });
  }

  @Mutation(() => EndAllSessionsPayload, {
    description: 'Ends every browser session and every login of a person.',
  })
  @Access('admin')
  async endAllSessions(
    @Context() { caller }: GraphqlContext,
    @Args('input') input: EndAllSessionsInput,
  ): Promise<EndAllSessionsPayload> {
    return this.scoped.writeOwned(caller, input, async (tx, owner) => {
      const { id, projectId } = await this.users.get(tx, owner, idFrom(input.userId));
      await this.sessions.endAll(tx, caller.actor, id, reason, { projectId });
      return { userId: id };
    });
  }
}
