import { readdirSync, readFileSync } from 'node:fs';
import { join, posix, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

/** The folder of package.json. */
export const root = fileURLToPath(new URL('../../', import.meta.url));

/** One TypeScript file, or one that a self-test made up. `path` is relative to the root, with slashes. */
export interface Source {
  readonly path: string;
  readonly text: string;
}

/** Every file below some folders of the project, as paths relative to the root. */
export function filesBelow(...folders: string[]): string[] {
  return folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join('/'))
      .sort(),
  );
}

/** Every TypeScript file below some folders. */
export function sourcesBelow(...folders: string[]): Source[] {
  return filesBelow(...folders)
    .filter((path) => path.endsWith('.ts'))
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
}

const parsed = new WeakMap<Source, ts.SourceFile>();

/** The syntax tree of a source; made once. */
export function parse(source: Source): ts.SourceFile {
  const known = parsed.get(source);
  if (known) return known;
  const made = ts.createSourceFile(source.path, source.text, ts.ScriptTarget.Latest, true);
  parsed.set(source, made);
  return made;
}

/** Calls `visit` for every node of a tree. */
export function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  ts.forEachChild(node, (child) => walk(child, visit));
}

/** The module names that a file imports or re-exports: static, dynamic and type-only. */
export function importsOf(source: Source): string[] {
  const found: string[] = [];
  walk(parse(source), (node) => {
    if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier) {
      found.push((node.moduleSpecifier as ts.StringLiteral).text);
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      found.push((node.argument.literal as ts.StringLiteral).text);
    } else if (
      ts.isCallExpression(node) &&
      node.expression.kind === ts.SyntaxKind.ImportKeyword &&
      node.arguments[0] &&
      ts.isStringLiteralLike(node.arguments[0])
    ) {
      found.push(node.arguments[0].text);
    }
  });
  return found;
}

/** The project files that a file imports, as paths relative to the root. */
export function projectImportsOf(source: Source): string[] {
  return importsOf(source)
    .filter((name) => name.startsWith('.'))
    .map((name) => posix.join(posix.dirname(source.path), name).replace(/\.js$/, '.ts'));
}

const textual = new Set([
  ts.SyntaxKind.StringLiteral,
  ts.SyntaxKind.NoSubstitutionTemplateLiteral,
  ts.SyntaxKind.TemplateHead,
  ts.SyntaxKind.TemplateMiddle,
  ts.SyntaxKind.TemplateTail,
  ts.SyntaxKind.RegularExpressionLiteral,
]);

/** A file with comments and the contents of literals blanked out; positions stay the same. */
export function codeOf(source: Source): string {
  const tree = parse(source);
  const units = source.text.split('');
  const out = units.map((unit): string => (unit === '\n' ? unit : ' '));
  const paint = (node: ts.Node): void => {
    if (node.kind >= ts.SyntaxKind.FirstJSDocNode && node.kind <= ts.SyntaxKind.LastJSDocNode) return;
    const children = node.getChildren(tree);
    for (const child of children) paint(child);
    if (children.length > 0 || textual.has(node.kind)) return;
    for (let at = node.getStart(tree, false); at < node.end; at++) out[at] = units[at]!;
  };
  paint(tree);
  return out.join('');
}

/** The contents of every string and template of a file; the holes of a template read `${}`. */
export function stringsOf(source: Source): string[] {
  const found: string[] = [];
  walk(parse(source), (node) => {
    if (ts.isStringLiteralLike(node)) found.push(node.text);
    else if (ts.isTemplateExpression(node)) {
      found.push(node.head.text + node.templateSpans.map((span) => `\${}${span.literal.text}`).join(''));
    }
  });
  return found;
}

/** `path:line` of a position, for messages that an editor can open. */
export function place(source: Source, position: number): string {
  return `${source.path}:${parse(source).getLineAndCharacterOfPosition(position).line + 1}`;
}
