import { ArgsType, Field, ID } from '@nestjs/graphql';
import { PageArgs } from './paging.types.js';
import { projectField, Scope, scopeField } from './scope.types.js';

/** Arguments of a list within one project. */
@ArgsType()
export class ProjectListArgs extends PageArgs {
  @Field(() => ID, projectField)
  projectId?: string | null;
}

/** Arguments of a list within one project, or within the server. */
@ArgsType()
export class ScopeListArgs extends ProjectListArgs {
  @Field(() => Scope, scopeField)
  scope?: Scope | null;
}
