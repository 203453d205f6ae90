import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { filesBelow, root } from './sources.js';

/** Where this very checkout lives, and the usual homes of people and build machines. */
const machinePaths = [
  /(?<![\w.])\/(home|Users)\/(?!node\b)[a-z_][\w-]*\//,
  /(?<![\w.$}])\/(root|work|builds|workspace|farm)\/\w/,
  /\bfile:\/\/\/(home|root|work|opt|tmp|Users|builds)\//,
  /\b[A-Z]:\\(Users|work)\\/i,
];

const registryHost = /"resolved":\s*"https?:|\/\/registry\.(npmjs|yarnpkg)\.|_authToken|\bnpm\.pkg\./;

function traces(path: string, text: string): string[] {
  const patterns = [...machinePaths, registryHost];
  return patterns.flatMap((pattern) => {
    const found = pattern.exec(text)?.[0];
    return found === undefined ? [] : [`${path}: "${found}"`];
  });
}

/** What git tracks; in a tree without git, everything that a build does not make. */
function projectFiles(): string[] {
  if (existsSync(join(root, '.git'))) {
    const listed = execFileSync('git', ['-C', root, 'ls-files', '-z'], { encoding: 'utf8' });
    return listed.split('\0').filter((path) => path && existsSync(join(root, path)));
  }
  return filesBelow('src', 'test', 'migrations', 'docs', 'scripts', 'bench');
}

const binary = /\.(png|jpe?g|gif|ico|woff2?|gz)$/;

describe('traces', () => {
  it('no file names a machine, a home or a package registry', () => {
    const files = projectFiles().filter((path) => !binary.test(path));
    expect(files.length).toBeGreaterThan(20);
    const own = 'test/architecture/traces.test.ts';
    const found = files
      .filter((path) => path !== own)
      .flatMap((path) => traces(path, readFileSync(join(root, path), 'utf8')));
    expect(found).toEqual([]);
  });

  it('nothing that a machine made is kept: builds, data directories, logs, secrets', () => {
    const made =
      /(^|\/)(dist|node_modules|\.carekey|\.test|coverage)\/|\.(log|pid|sock|tsbuildinfo)$|(^|\/)(\.env|first-steps\.env)$/;
    expect(projectFiles().filter((path) => made.test(path))).toEqual([]);
    expect('.carekey/pg/postmaster.pid').toMatch(made);
  });

  it.each([
    'see /home/alice/carekey/src',
    'cd /root/build',
    'in /work/main/src',
    `from 'file:///opt/x'`,
    '"resolved": "https://registry.example/x.tgz"',
  ])('planted: %s is found', (text) => {
    expect(traces('a.md', text)).toHaveLength(1);
  });

  it.each(['https://id.example.org/home/alice', 'GET /rooted/x', 'a network/path'])(
    'harmless: %s',
    (text) => {
      expect(traces('a.md', text)).toEqual([]);
    },
  );
});
