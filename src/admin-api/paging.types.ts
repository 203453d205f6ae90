import { ArgsType, Field, Int } from '@nestjs/graphql';

/** How many rows a page has when nobody says. */
export const defaultFirst = 20;

/** Forward paging as Relay's Cursor Connections have it. */
@ArgsType()
export class PageArgs {
  @Field(() => Int, { nullable: true, defaultValue: defaultFirst, description: 'How many, from 1 to 100.' })
  first?: number | null;

  @Field(() => String, { nullable: true, description: 'The cursor after which to go on.' })
  after?: string | null;
}
