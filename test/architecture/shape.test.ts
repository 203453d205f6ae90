import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import ts from 'typescript';
import { filesBelow, parse, place, root, type Source, sourcesBelow, walk } from './sources.js';

const maxLines = 200;
const maxParameters = 7;

/** `<noun>.<role>.ts`; a file without a role is a group of pure functions, `strings.<language>.ts` a catalogue. */
const roles = new Set(
  `module entity store service errors endpoint step grant kind factor page resolver types template worker relay
   middleware filter guard interceptor strategy decorator controller view loader fhir spec`.split(/\s+/),
);

/** Roles whose file exports a class of the file's own name. */
const classRoles = new Set(
  'module store service endpoint grant resolver worker relay middleware filter guard interceptor'.split(' '),
);

const registries = [
  'src/auth-grants/grants/index.ts',
  'src/auth-grants/client-auth/index.ts',
  'src/external-idp/kinds/index.ts',
  'src/mfa/factors/index.ts',
];

const decisions = filesBelow('docs/decisions')
  .map((path) => readFileSync(join(root, path), 'utf8'))
  .join('\n');
/** A decision names the file in back quotes, as `src/...`. */
const decided = (path: string) => decisions.includes(`\`${path}\``);

function badNames(sources: readonly Source[]): string[] {
  return sources.flatMap(({ path }) => {
    const name = basename(path, '.ts');
    if (name === 'index')
      return registries.includes(path) ? [] : [`${path}: index.ts is for registries only`];
    if (/^strings\.[a-z]{2}$/.test(name)) return [];
    if (!/^[a-z0-9-]+(\.[a-z]+)?$/.test(name)) return [`${path}: names are kebab-case nouns`];
    const role = name.split('.')[1];
    return role === undefined || roles.has(role) ? [] : [`${path}: "${role}" is no role`];
  });
}

function badClasses(sources: readonly Source[]): string[] {
  return sources.flatMap((source) => {
    const name = basename(source.path, '.ts');
    if (!classRoles.has(name.split('.')[1] ?? '')) return [];
    const wanted = name.replace(/(^|[-.])([a-z0-9])/g, (_, __, first: string) => first.toUpperCase());
    const exported = parse(source).statements.filter(ts.isClassDeclaration).filter(isExported);
    const right = exported.some((found) => found.name?.text.toLowerCase() === wanted.toLowerCase());
    return right || decided(source.path) ? [] : [`${source.path}: exports no ${wanted}`];
  });
}

function tooLong(sources: readonly Source[]): string[] {
  return sources
    .map(({ path, text }) => ({ path, lines: text.split('\n').length - (text.endsWith('\n') ? 1 : 0) }))
    .filter(({ path, lines }) => lines > maxLines && !decided(path))
    .map(({ path, lines }) => `${path}: ${lines} lines; split it, or decide (docs/decisions)`);
}

function tooManyParameters(sources: readonly Source[]): string[] {
  const found: string[] = [];
  for (const source of sources) {
    walk(parse(source), (node) => {
      if (
        ts.isConstructorDeclaration(node) &&
        node.parameters.length > maxParameters &&
        !decided(source.path)
      )
        found.push(`${place(source, node.pos)}: a constructor with ${node.parameters.length} parameters`);
    });
  }
  return found;
}

function undocumented(sources: readonly Source[]): string[] {
  return sources
    .filter(({ path }) => /^src\/kernel\/|\.(service|store)\.ts$/.test(path) && !path.endsWith('.spec.ts'))
    .flatMap((source) => publicThings(source).filter(([, node]) => !hasDoc(node)))
    .map(([name]) => `${name} has no docstring`);
}

function publicThings(source: Source): [string, ts.Node][] {
  return parse(source).statements.flatMap((node): [string, ts.Node][] => {
    if (!isExported(node)) return [];
    if (ts.isFunctionDeclaration(node)) return [[`${place(source, node.end)} ${node.name?.text}`, node]];
    if (!ts.isClassDeclaration(node)) return [];
    const own: [string, ts.Node] = [`${place(source, node.getStart())} ${node.name?.text}`, node];
    if (!source.path.endsWith('.service.ts') || implementsOurs(node)) return [own];
    return [
      own,
      ...node.members
        .filter(isPublicMethod)
        .map((m): [string, ts.Node] => [`${place(source, m.getStart())} ${m.name!.getText()}`, m]),
    ];
  });
}

/** An interface of ours has the words already. */
function implementsOurs(node: ts.ClassDeclaration): boolean {
  const names = (node.heritageClauses ?? [])
    .filter(({ token }) => token === ts.SyntaxKind.ImplementsKeyword)
    .flatMap(({ types }) => types.map((type) => type.expression.getText()));
  return names.some((name) => !/^(On[A-Z]|BeforeApplicationShutdown)/.test(name));
}

/** Methods that a framework names need no words of ours. */
const hooks = /^(on[A-Z]\w*|beforeApplicationShutdown|configure|constructor)$/;

function isPublicMethod(node: ts.ClassElement): boolean {
  return (
    ts.isMethodDeclaration(node) &&
    !hooks.test(node.name.getText()) &&
    !node.modifiers?.some(({ kind }) =>
      [ts.SyntaxKind.PrivateKeyword, ts.SyntaxKind.ProtectedKeyword].includes(kind),
    )
  );
}

function isExported(node: ts.Statement): boolean {
  return (
    ts.canHaveModifiers(node) &&
    Boolean(ts.getModifiers(node)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword))
  );
}

function hasDoc(node: ts.Node): boolean {
  return ts.getJSDocCommentsAndTags(node).length > 0;
}

function modulesWithoutWords(sources: readonly Source[]): string[] {
  return sources
    .filter(({ path }) => /^src\/([a-z0-9-]+)\/\1\.module\.ts$/.test(path))
    .filter((source) => !parse(source).statements.some((node) => ts.isClassDeclaration(node) && hasDoc(node)))
    .map(({ path }) => `${path}: its first lines say what it owns, which tables, and what leaves it`);
}

describe('shape', () => {
  const sources = sourcesBelow('src');

  it.each([
    ['files are named <noun>.<role>.ts', badNames],
    ['a file with a role exports the class of its name', badClasses],
    [`files have at most ${maxLines} lines`, tooLong],
    [`constructors have at most ${maxParameters} parameters`, tooManyParameters],
    ['public classes and functions have docstrings', undocumented],
    ['modules say what they own', modulesWithoutWords],
  ])('%s', (_, check) => {
    expect(check(sources)).toEqual([]);
  });

  it.each([
    [badNames, 'src/logins/Login.service.ts', ''],
    [badNames, 'src/logins/login.helper.ts', ''],
    [badNames, 'src/logins/index.ts', ''],
    [badClasses, 'src/logins/login-code.service.ts', 'export class Logins {}'],
    [badClasses, 'src/logins/login.store.ts', 'class LoginStore {}'],
    [tooLong, 'src/logins/login.service.ts', 'a;\n'.repeat(maxLines + 1)],
    [tooManyParameters, 'src/logins/login.service.ts', 'class A { constructor(a, b, c, d, e, f, g, h) {} }'],
    [undocumented, 'src/kernel/a.ts', 'export function a() {}'],
    [undocumented, 'src/logins/login.store.ts', 'export class LoginStore {}'],
    [undocumented, 'src/logins/login.service.ts', '/** Words. */ export class LoginService { end() {} }'],
    [modulesWithoutWords, 'src/logins/logins.module.ts', 'export class LoginsModule {}'],
  ])('planted: %p finds %s', (check, path, text) => {
    expect(check([{ path, text }])).toHaveLength(1);
  });

  it('planted: what is right passes every check', () => {
    const text = `/** Words. */ export class LoginCodeService { private a() {} onModuleInit() {}\n/** Words. */ end() {} }`;
    const source = { path: 'src/logins/login-code.service.ts', text };
    for (const check of [badNames, badClasses, tooLong, tooManyParameters, undocumented]) {
      expect(check([source])).toEqual([]);
    }
  });

  it('a decision never outlives the file that it excuses', () => {
    const named = [...decisions.matchAll(/`(src\/[\w./-]+\.ts)`/g)].map(([, path]) => path!);
    expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });
});
