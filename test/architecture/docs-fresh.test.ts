import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { root } from './sources.js';

const check = (...more: string[]) =>
  spawnSync(process.execPath, [join(root, 'scripts/generate.mjs'), '--check', ...more], { encoding: 'utf8' });

describe('generated pages', () => {
  it('say what the code says now', () => {
    const { status, stderr } = check();
    expect(stderr).toBe('');
    expect(status).toBe(0);
  });

  it('planted: a page that differs is found, and nothing is written', () => {
    const copy = mkdtempSync(join(tmpdir(), 'carekey-docs-'));
    try {
      cpSync(join(root, 'docs'), copy, { recursive: true });
      writeFileSync(join(copy, 'errors.md'), 'old');
      rmSync(join(copy, 'retention.md'));
      const { status, stderr } = check('--to', copy);
      expect(stderr).toBe(
        'errors.md is stale. Run: npm run generate\nretention.md is stale. Run: npm run generate\n',
      );
      expect(status).toBe(1);
    } finally {
      rmSync(copy, { recursive: true, force: true });
    }
  });
});
