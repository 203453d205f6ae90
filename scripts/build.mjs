// Compiles src and migrations into dist with the native TypeScript compiler, copies what is not TypeScript, and bundles it.
// With --if-stale it does nothing when dist is newer than every source: this keeps `npm start` quick.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, statSync, utimesSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundle } from './bundle.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const stamp = join(root, 'dist/.build.tsbuildinfo');

function newest(path) {
  if (!statSync(path).isDirectory()) return statSync(path).mtimeMs;
  return Math.max(0, ...readdirSync(path).map((name) => newest(join(path, name))));
}

const sources = [
  'src',
  'migrations',
  'tsconfig.json',
  'tsconfig.build.json',
  'package.json',
  'scripts/bundle.mjs',
].map((name) => join(root, name));
const fresh =
  existsSync(join(root, 'dist/bundle/main.js')) &&
  existsSync(stamp) &&
  Math.max(...sources.map(newest)) <= statSync(stamp).mtimeMs;

if (!(fresh && process.argv.includes('--if-stale'))) {
  const tsc = join(root, 'node_modules/typescript7/bin/tsc');
  try {
    execFileSync(process.execPath, [tsc, '-p', join(root, 'tsconfig.build.json')], { stdio: 'inherit' });
  } catch {
    console.error('The build failed: the messages above name the file and line.');
    process.exit(1);
  }
  cpSync(join(root, 'src'), join(root, 'dist/src'), {
    recursive: true,
    filter: (path) => statSync(path).isDirectory() || !path.endsWith('.ts'),
  });
  await bundle(root);
  // The compiler leaves the stamp untouched when nothing changed in meaning; the next start must not build again.
  const now = new Date();
  if (existsSync(stamp)) utimesSync(stamp, now, now);
}
