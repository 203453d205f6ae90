import { rmSync } from 'node:fs';

export default async function tearDown() {
  const { close, directory } = globalThis.carekeyTest ?? {};
  await close?.();
  if (directory) rmSync(directory, { recursive: true, force: true });
}
