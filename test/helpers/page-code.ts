import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { TestApp } from './app.js';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** A page of the documentation whose addresses and paths are those of a test server. */
export async function pageFor(server: TestApp, path: string): Promise<string> {
  const text = await readFile(join(root, path), 'utf8');
  return text
    .replaceAll('http://localhost:8103/', server.baseUrl)
    .replaceAll('.carekey/', `${server.dataDir}/`);
}

/** The code blocks of a page in one language. */
export function codeBlocks(text: string, language: string): string[] {
  return [...text.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)]
    .filter(([, name]) => name === language)
    .map(([, , code]) => code!.trim());
}

/** A folder in which the project's packages are found, as they would be after `npm install`. */
export async function folderWithPackages(): Promise<string> {
  const cache = join(root, 'node_modules/.cache');
  await mkdir(cache, { recursive: true });
  return mkdtemp(join(cache, 'carekey-page-'));
}

/** Saves each JavaScript example of a page under the name that stood last before it. */
export async function saveExamples(page: string, folder: string): Promise<void> {
  for (const { index, 1: code } of page.matchAll(/^```js\n([\s\S]*?)^```$/gm)) {
    const [name] = page
      .slice(0, index)
      .match(/(?<=`)[\w-]+\.mjs(?=`)/g)!
      .slice(-1);
    await writeFile(join(folder, name!), code!);
  }
}

/** Runs a saved example, as its page says for the Node that this is; its lines. */
export async function linesOf(
  folder: string,
  file: string,
  env: Readonly<Record<string, string>>,
): Promise<string[]> {
  const hasWebSocket = Number(process.versions.node.split('.')[0]) >= 22;
  const before = hasWebSocket ? [] : ['--import', './websocket.mjs'];
  const { stdout } = await promisify(execFile)(process.execPath, [...before, file], {
    cwd: folder,
    env: { PATH: process.env['PATH'], ...env },
  });
  return stdout.trim().split('\n');
}
