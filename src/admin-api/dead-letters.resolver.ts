import { Args, ArgsType, Context, Field, Mutation, Query, Resolver } from '@nestjs/graphql';
import { AuditService } from '../audit/audit.service.js';
import { Access } from '../authentication/access.decorator.js';
import { Db } from '../kernel/db.js';
import type { Id } from '../kernel/ids.js';
import { Outbox } from '../kernel/outbox.js';
import { pageOf, rowsToRead } from '../kernel/page.js';
import type { Connection } from './connection.view.js';
import {
  DeadLetterConnection,
  DeadLetterView,
  deadLetterView,
  RetryDeadLetterInput,
  RetryDeadLetterPayload,
} from './dead-letter.view.js';
import type { GraphqlContext } from './graphql-context.types.js';
import { PagingService } from './paging.service.js';
import { PageArgs } from './paging.types.js';
import { idFrom } from './scoped.service.js';

@ArgsType()
class DeadLetterListArgs extends PageArgs {
  @Field(() => String, { nullable: true, description: 'Only those of one topic.' })
  topic?: string | null;
}

/** Jobs that were given up after all their attempts. */
@Resolver(() => DeadLetterView)
export class DeadLettersResolver {
  constructor(
    private readonly db: Db,
    private readonly outbox: Outbox,
    private readonly audit: AuditService,
    private readonly paging: PagingService,
  ) {}

  @Query(() => DeadLetterConnection, { description: 'Jobs that were given up, newest first.' })
  @Access('super-admin')
  async deadLetters(@Args() args: DeadLetterListArgs): Promise<Connection<DeadLetterView>> {
    const { topic } = args;
    const list = { query: 'deadLetters', filter: [topic ?? null] };
    const page = this.paging.query<Id>(list, args);
    const filter = { first: rowsToRead(page), ...(topic != null && { topic }) };
    const rows = await this.db.read((tx) =>
      this.outbox.dead(tx, { ...filter, ...(page.after && { before: page.after }) }),
    );
    return this.paging.connect(list, args, pageOf(rows, page), deadLetterView);
  }

  @Mutation(() => RetryDeadLetterPayload, { description: 'Tries a job again, with all its attempts.' })
  @Access('super-admin')
  async retryDeadLetter(
    @Context() { caller }: GraphqlContext,
    @Args('input') { id }: RetryDeadLetterInput,
  ): Promise<RetryDeadLetterPayload> {
    const jobId = idFrom(id);
    await this.db.tx(async (tx) => {
      await this.outbox.retry(tx, jobId);
      this.audit.record(tx, {
        type: 'job.retried',
        actor: caller.actor,
        projectId: null,
        target: { type: 'Job', id: jobId },
      });
    });
    return { retriedId: id };
  }
}
