import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  buildSchema,
  type GraphQLField,
  type GraphQLOutputType,
  getNamedType,
  isLeafType,
  isObjectType,
} from 'graphql';
import { root } from '../architecture/sources.js';
import type { AdminWorld, GraphqlAnswer, Role } from '../helpers/admin-world.js';
import type { WorldProject } from '../helpers/world.js';
import { Maker, type Operation } from './graphql-operations.js';

export const schema = buildSchema(readFileSync(join(root, 'schema.graphql'), 'utf8'));

/** `Query.x` and `Mutation.y` with what the schema says of them. */
export const fields = [schema.getQueryType()!, schema.getMutationType()!].flatMap((type) =>
  Object.values(type.getFields()).map((field): [string, GraphQLField<unknown, unknown>] => [
    `${type.name}.${field.name}`,
    field,
  ]),
);

/** Everything that can be asked of a type. */
export function selection(type: GraphQLOutputType): string {
  const named = getNamedType(type);
  if (isLeafType(named) || !isObjectType(named)) return '';
  return `{ ${Object.values(named.getFields())
    .map((field) => `${field.name} ${selection(field.type)}`)
    .join(' ')} }`;
}

/** Arguments of an operation inside a project, named or not. */
export async function operationArgs(
  world: AdminWorld,
  operation: Operation,
  project: WorldProject,
  named: string | undefined,
): Promise<object> {
  const args = await operation.args(new Maker(world, project));
  if (!operation.names || named === undefined) return args;
  const place = { [operation.names]: named };
  return 'input' in args ? { input: { ...(args.input as object), ...place } } : { ...args, ...place };
}

/** Asks for everything that an operation answers. */
export function askOperation(
  world: AdminWorld,
  role: Role,
  path: string,
  args: object,
): Promise<GraphqlAnswer> {
  const [type = '', name = ''] = path.split('.');
  const [, field] = fields.find(([one]) => one === path)!;
  const wanted = field.args.filter((arg) => arg.name in args);
  const head = wanted.length === 0 ? '' : `(${wanted.map((arg) => `$${arg.name}: ${arg.type}`).join(', ')})`;
  const pass = wanted.length === 0 ? '' : `(${wanted.map((arg) => `${arg.name}: $${arg.name}`).join(', ')})`;
  return world.graphql(
    role,
    `${type.toLowerCase()}${head} { ${name}${pass} ${selection(field.type)} }`,
    args,
  );
}
