import { describe, expect, it } from '@jest/globals';
import { openApiDocument } from '../../src/health/openapi.js';
import { routesOf } from '../architecture/routes.js';
import { type Source, sourcesBelow } from '../architecture/sources.js';

type Operation = {
  readonly summary?: string;
  readonly responses?: object;
  readonly security?: readonly object[];
};
type Paths = Readonly<Record<string, Readonly<Record<string, Operation>>>>;

/** Pages for people, the page that shows the description, and GraphiQL are no API. */
const pages = /^src\/hosted-pages\//;
const notDescribed = new Set(['get /docs', 'get /docs/:file', 'get /graphql', 'get /graphql/:file']);

function differences(paths: Paths, sources: readonly Source[]): string[] {
  const described = new Set(
    Object.entries(paths).flatMap(([path, item]) => Object.keys(item).map((method) => `${method} ${path}`)),
  );
  const declared = new Set(
    routesOf(sources)
      .filter(({ file }) => !pages.test(file))
      .map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, '{$1}')}`),
  );
  const exempt = (route: string) => notDescribed.has(route.replace(/\{(\w+)\}/g, ':$1'));
  return [
    ...[...declared]
      .filter((route) => !described.has(route) && !exempt(route))
      .map((route) => `not described: ${route}`),
    ...[...described].filter((route) => !declared.has(route)).map((route) => `does not exist: ${route}`),
  ];
}

function incomplete(paths: Paths): string[] {
  return Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item)
      .filter(
        ([, { summary, responses, security }]) =>
          !summary || !security || !Object.keys(responses ?? {}).length,
      )
      .map(([method]) => `${method} ${path}`),
  );
}

function unresolved(document: object): string[] {
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, path]) => path!);
  return references.filter((path) => {
    const found = path
      .split('/')
      .reduce<unknown>((at, key) => (at as Record<string, unknown>)?.[key], document);
    return found === undefined;
  });
}

describe('the description of the API', () => {
  const document = openApiDocument('https://id.example.org/', '1.2.3');
  const paths = document['paths'] as Paths;

  it('describes every route that exists and none that does not', () => {
    expect(differences(paths, sourcesBelow('src'))).toEqual([]);
  });

  it('says of each operation what it does, what it answers and who may call it', () => {
    expect(incomplete(paths)).toEqual([]);
  });

  it('refers to nothing that is not there', () => {
    expect(JSON.stringify(document)).toContain('$ref');
    expect(unresolved(document)).toEqual([]);
    const { securitySchemes } = document['components'] as { securitySchemes: object };
    const used = Object.values(paths).flatMap((item) =>
      Object.values(item).flatMap(({ security }) => security!),
    );
    const names = used.flatMap((one) => Object.keys(one));
    expect(names.filter((name) => !Object.hasOwn(securitySchemes, name))).toEqual([]);
  });

  it('names this server and its version', () => {
    expect(document).toMatchObject({
      openapi: '3.1.0',
      info: { version: '1.2.3' },
      servers: [{ url: 'https://id.example.org' }],
    });
  });

  it('planted: a route too many, a route too few and an operation without words are found', () => {
    const source = {
      path: 'src/health/a.ts',
      text: `@Controller('x') class A { @Get(['y', 'z/:id']) y() {} }`,
    };
    const operation = { summary: 'Words', responses: { 200: {} }, security: [] };
    const right: Paths = { '/x/y': { get: operation }, '/x/z/{id}': { get: operation } };
    expect(differences(right, [source])).toEqual([]);
    expect(differences({ '/x/y': { get: operation, post: operation } }, [source])).toEqual([
      'not described: get /x/z/{id}',
      'does not exist: post /x/y',
    ]);
    expect(incomplete({ '/x/y': { get: { ...operation, summary: '' } } })).toEqual(['get /x/y']);
    expect(unresolved({ a: { $ref: '#/b/c' }, b: {} })).toEqual(['b/c']);
  });
});
