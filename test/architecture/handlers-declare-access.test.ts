import { describe, expect, it } from '@jest/globals';
import ts from 'typescript';
import { parse, place, type Source, sourcesBelow, walk } from './sources.js';

/** What makes a method reachable from outside. Field resolvers run only below an operation that was let in. */
const handlerDecorators = new Set(
  'Get Post Put Patch Delete Head Options All Search Sse Query Mutation Subscription MessagePattern EventPattern'.split(
    ' ',
  ),
);

interface Handler {
  readonly at: string;
  readonly access: string | undefined;
}

function decoratorsOf(node: ts.Node): { name: string; first: string | undefined }[] {
  if (!ts.canHaveDecorators(node)) return [];
  return (ts.getDecorators(node) ?? []).map(({ expression }) => {
    if (!ts.isCallExpression(expression)) return { name: expression.getText(), first: undefined };
    return { name: expression.expression.getText(), first: expression.arguments[0]?.getText() };
  });
}

function handlers(sources: readonly Source[]): Handler[] {
  const found: Handler[] = [];
  for (const source of sources) {
    walk(parse(source), (node) => {
      if (!ts.isMethodDeclaration(node)) return;
      const decorators = decoratorsOf(node);
      if (!decorators.some(({ name }) => handlerDecorators.has(name))) return;
      const access = decorators.find(({ name }) => name === 'Access')?.first;
      found.push({ at: `${place(source, node.getStart())} ${node.name.getText()}`, access });
    });
  }
  return found;
}

/** `@Access` says one of the four rules, as a plain word, on the handler itself. */
function undeclared(sources: readonly Source[]): string[] {
  return handlers(sources)
    .filter(({ access }) => !/^'(public|member|admin|super-admin)'$/.test(access ?? ''))
    .map(
      ({ at, access }) =>
        `${at}: ${access ? `@Access(${access}) is no plain rule` : 'says nothing about access'}`,
    );
}

/** Ways around the one guard: routes that Nest does not know, and guards of somebody's own. */
function waysAround(sources: readonly Source[]): string[] {
  const found: string[] = [];
  for (const source of sources) {
    walk(parse(source), (node) => {
      if (ts.isDecorator(node) && /^UseGuards\(/.test(node.expression.getText())) {
        found.push(`${place(source, node.getStart())}: a guard of its own; the one guard is global`);
      }
      if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return;
      const { expression, name } = node.expression;
      const onServer = /\b(fastify|instance|server|adapter)\b|getInstance\(\)$/i.test(expression.getText());
      if (onServer && /^(get|post|put|patch|delete|all|route)$/.test(name.text)) {
        found.push(`${place(source, node.getStart())}: a route past Nest, so past the guard`);
      }
    });
  }
  return found;
}

const planted = (text: string): Source => ({ path: 'src/fhir/planted.controller.ts', text });

describe('handlers declare access', () => {
  const sources = sourcesBelow('src');

  it('every REST and GraphQL handler says who may call it', () => {
    expect(handlers(sources).length).toBeGreaterThan(5);
    expect(undeclared(sources)).toEqual([]);
  });

  it('no route and no guard goes around the one guard', () => {
    expect(waysAround(sources)).toEqual([]);
  });

  it.each([
    `class A { @Get('x') list() {} }`,
    `class A { @Mutation(() => Boolean) end() {} }`,
    `class A { @Post() @Access(rule) end() {} }`,
    `@Access('public') class A { @Get() list() {} }`,
  ])('planted: %s is found', (text) => {
    expect(undeclared([planted(text)])).toHaveLength(1);
  });

  it.each([
    `@UseGuards(MyGuard) class A {}`,
    `app.getHttpAdapter().getInstance().get('/x', f)`,
    `fastify.route({})`,
  ])('planted: %s is found', (text) => {
    expect(waysAround([planted(text)])).toHaveLength(1);
  });

  it('planted: a handler that says it passes', () => {
    expect(undeclared([planted(`class A { @Get() @Access('member') list() {} private help() {} }`)])).toEqual(
      [],
    );
  });
});
