import { Args, Context, Query, Resolver } from '@nestjs/graphql';
import { Access } from '../authentication/access.decorator.js';
import { EmailService } from '../email/email.service.js';
import type { DeliveryId } from '../kernel/ids.js';
import type { Connection } from './connection.view.js';
import { EmailDeliveryConnection, EmailDeliveryView, emailDeliveryView } from './email-delivery.view.js';
import type { GraphqlContext } from './graphql-context.types.js';
import { PagingService } from './paging.service.js';
import { ScopeListArgs } from './scope-list.types.js';
import { ScopedService } from './scoped.service.js';

/** What became of the mail of a project, or of the server's own. */
@Resolver(() => EmailDeliveryView)
export class EmailDeliveriesResolver {
  constructor(
    private readonly scoped: ScopedService,
    private readonly email: EmailService,
    private readonly paging: PagingService,
  ) {}

  @Query(() => EmailDeliveryConnection, { description: 'Mails and what became of them, newest first.' })
  @Access('admin')
  async emailDeliveries(
    @Context() { caller }: GraphqlContext,
    @Args() args: ScopeListArgs,
  ): Promise<Connection<EmailDeliveryView>> {
    return this.scoped.readOwned(caller, args, async (tx, owner) => {
      const list = { query: 'emailDeliveries', owner };
      const page = await this.email.list(tx, owner, this.paging.query<DeliveryId>(list, args));
      return this.paging.connect(list, args, page, emailDeliveryView);
    });
  }
}
