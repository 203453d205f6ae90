import { Context, Query, Resolver } from '@nestjs/graphql';
import { Access } from '../authentication/access.decorator.js';
import type { GraphqlContext } from './graphql-context.types.js';
import { MeView, meView } from './me.view.js';

/** Who is asking: the one query that needs no admin rights. */
@Resolver(() => MeView)
export class MeResolver {
  @Query(() => MeView, { description: 'Who you are and what you may do here.' })
  @Access('member')
  me(@Context() { caller }: GraphqlContext): MeView {
    return meView(caller);
  }
}
