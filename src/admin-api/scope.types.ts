import { ArgsType, Field, ID, InputType, registerEnumType } from '@nestjs/graphql';

/** To whom a user, client or record belongs. */
export enum Scope {
  PROJECT = 'project',
  SERVER = 'server',
}
registerEnumType(Scope, {
  name: 'Scope',
  description:
    'To whom something belongs: to one project, or to the server, which only super admins look after.',
});

/** Options of an argument that names a project. */
export const projectField = {
  nullable: true,
  description:
    'The project to act in: yours when left out. Only a super admin may name another; for others it does not exist.',
};
/** Options of an argument that names a scope. */
export const scopeField = {
  nullable: true,
  defaultValue: Scope.PROJECT,
  description: 'SERVER, for super admins only: what belongs to no project.',
};
/** Options of the key of a creation. */
export const idempotencyField = {
  nullable: true,
  description:
    'Any text that you choose once per act: a request that is repeated under it within 24 hours gets the same answer and does nothing more.',
};

/** Arguments of a query within one project. */
@ArgsType()
export class ProjectArgs {
  @Field(() => ID, projectField)
  projectId?: string | null;
}

/** Arguments of a query within one project, or within the server. */
@ArgsType()
export class ScopeArgs extends ProjectArgs {
  @Field(() => Scope, scopeField)
  scope?: Scope | null;
}

/** Input of a mutation within one project. */
@InputType({ isAbstract: true })
export class ProjectInput {
  @Field(() => ID, projectField)
  projectId?: string | null;
}

/** Input of a mutation within one project, or within the server. */
@InputType({ isAbstract: true })
export class ScopeInput extends ProjectInput {
  @Field(() => Scope, scopeField)
  scope?: Scope | null;
}

/** Input of a mutation that makes something within one project. */
@InputType({ isAbstract: true })
export class CreationInput extends ProjectInput {
  @Field(() => String, idempotencyField)
  idempotencyKey?: string | null;
}
