import { Args, ArgsType, Context, Field, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { AuditService } from '../audit/audit.service.js';
import type { AuditEventType as EventType } from '../audit/event-types.js';
import { Access } from '../authentication/access.decorator.js';
import { type Id, parseId } from '../kernel/ids.js';
import { pageOf, rowsToRead } from '../kernel/page.js';
import {
  AuditDetailView,
  AuditRecordConnection,
  AuditRecordView,
  auditRecordView,
} from './audit-record.view.js';
import type { Connection } from './connection.view.js';
import { AuditEventType } from './enums.js';
import type { GraphqlContext } from './graphql-context.types.js';
import { PagingService } from './paging.service.js';
import { ScopeListArgs } from './scope-list.types.js';
import { ScopedService } from './scoped.service.js';

@ArgsType()
class AuditRecordListArgs extends ScopeListArgs {
  @Field(() => [AuditEventType], { nullable: true, description: 'Only these.' })
  types?: EventType[] | null;
}

/** The record of a project, or the server's own. */
@Resolver(() => AuditRecordView)
export class AuditRecordsResolver {
  constructor(
    private readonly scoped: ScopedService,
    private readonly audit: AuditService,
    private readonly paging: PagingService,
  ) {}

  @Query(() => AuditRecordConnection, { description: 'What was recorded, newest first.' })
  @Access('admin')
  async auditRecords(
    @Context() { caller }: GraphqlContext,
    @Args() args: AuditRecordListArgs,
  ): Promise<Connection<AuditRecordView>> {
    return this.scoped.readOwned(caller, args, async (tx, owner) => {
      const types = [...new Set(args.types ?? [])].sort();
      const list = { query: 'auditRecords', owner, filter: types };
      const page = this.paging.query<Id>(list, args);
      const rows = await this.audit.page(tx, {
        projectId: owner,
        limit: rowsToRead(page),
        types,
        ...(page.after && { before: page.after }),
      });
      return this.paging.connect(list, args, pageOf(rows, page), auditRecordView);
    });
  }

  @ResolveField(() => [AuditDetailView])
  async detail(
    @Context() context: GraphqlContext,
    @Parent() { row }: AuditRecordView,
  ): Promise<AuditDetailView[]> {
    const details = await Promise.all(
      Object.entries(row.detail ?? {}).map(async ([name, value]) =>
        value !== null && (await mayShow(context, value)) ? { name, value: String(value) } : undefined,
      ),
    );
    return details.filter((one) => one !== undefined);
  }
}

/**
 * An id tells when its row was made. That of a server-scoped person would tell a project whether an address that it
 * invited had an account already (rulings 24); who was meant is told by the membership, which is the project's own.
 */
async function mayShow({ caller, loaders }: GraphqlContext, value: unknown): Promise<boolean> {
  if (caller.superAdmin || typeof value !== 'string' || !value.startsWith('User/')) return true;
  const id = parseId<'User'>(value.slice('User/'.length));
  return id !== undefined && (await loaders.users.load(id))?.projectId === caller.projectId;
}
