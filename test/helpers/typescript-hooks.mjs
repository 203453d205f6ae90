// Lets plain Node load our TypeScript in the set-up of a test run, which Jest does not transform for ES modules.
// Registered by global-setup.mjs; nothing needs to be built first.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import transformer from '../jest-transformer.mjs';

export async function resolve(specifier, context, next) {
  const ours = specifier.startsWith('.') && context.parentURL?.endsWith('.ts');
  return next(ours ? specifier.replace(/\.js$/, '.ts') : specifier, context);
}

export async function load(url, context, next) {
  if (!url.endsWith('.ts') || url.includes('/node_modules/')) return next(url, context);
  const file = fileURLToPath(url);
  const { code } = transformer.process(await readFile(file, 'utf8'), file, { supportsStaticESM: true });
  return { format: 'module', source: code, shortCircuit: true };
}
