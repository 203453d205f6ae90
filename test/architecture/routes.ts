import ts from 'typescript';
import { parse, type Source, walk } from './sources.js';

/** One REST route as its controller declares it. */
export interface Route {
  readonly file: string;
  /** Lower case, as OpenAPI writes it. */
  readonly method: string;
  /** With a leading slash; parameters as `:name`. */
  readonly path: string;
  readonly access: string | undefined;
}

const methods = new Set(['Get', 'Post', 'Put', 'Patch', 'Delete', 'All']);

/** Every route of every controller, read from the code. */
export function routesOf(sources: readonly Source[]): Route[] {
  const routes: Route[] = [];
  for (const source of sources) {
    walk(parse(source), (node) => {
      if (!ts.isClassDeclaration(node)) return;
      const controller = decorators(node).find(({ name }) => name === 'Controller');
      if (!controller) return;
      for (const member of node.members.filter(ts.isMethodDeclaration)) {
        const all = decorators(member);
        const access = all.find(({ name }) => name === 'Access')?.texts[0];
        for (const { name, texts } of all.filter(({ name }) => methods.has(name))) {
          for (const prefix of controller.texts) {
            for (const path of texts) {
              const parts = [prefix, path].join('/').split('/').filter(Boolean);
              routes.push({
                file: source.path,
                method: name.toLowerCase(),
                path: `/${parts.join('/')}`,
                access,
              });
            }
          }
        }
      }
    });
  }
  return routes;
}

function decorators(node: ts.HasDecorators): { name: string; texts: string[] }[] {
  return (ts.getDecorators(node) ?? []).map(({ expression }) => {
    if (!ts.isCallExpression(expression)) return { name: expression.getText(), texts: [''] };
    const first = expression.arguments[0];
    const literals = first && ts.isArrayLiteralExpression(first) ? [...first.elements] : first ? [first] : [];
    const texts = literals.map((one) => (ts.isStringLiteralLike(one) ? one.text : ''));
    return { name: expression.expression.getText(), texts: texts.length > 0 ? texts : [''] };
  });
}
