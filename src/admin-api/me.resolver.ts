import { Context, Query, Resolver } from '@nestjs/graphql';
import { Access } from '../authentication/access.decorator.js';
import { LivenessService } from '../authentication/liveness.service.js';
import { unauthenticated } from '../kernel/errors.js';
import type { GraphqlContext } from './graphql-context.types.js';
import { MeView, meView } from './me.view.js';

/** Who is asking: the one query that needs no admin rights. */
@Resolver(() => MeView)
export class MeResolver {
  constructor(private readonly liveness: LivenessService) {}

  @Query(() => MeView, { description: 'Who you are and what you may do here.' })
  @Access('member')
  async me(@Context() { caller }: GraphqlContext): Promise<MeView> {
    const live = await this.liveness.ofLogin(caller.claims.login_id);
    if (!live) throw unauthenticated();
    return meView(caller, live);
  }
}
