import { mkdir, mkdtemp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
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
