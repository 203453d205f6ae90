import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type AdminWorld, startAdminWorld } from '../helpers/admin-world.js';
import { FhirAgent } from '../helpers/fhir-agent.js';
import { codeBlocks, pageFor } from '../helpers/page-code.js';

const curl = spawnSync('curl', ['--version']).status === 0;

describe('the guide to devices', () => {
  let world: AdminWorld;
  let folder: string;
  beforeAll(async () => {
    world = await startAdminWorld({
      env: { CAREKEY_RATE_LIMIT_FHIR: '50000', CAREKEY_RATE_LIMIT_PROJECT_FHIR: '500000' },
    });
    folder = await mkdtemp(join(tmpdir(), 'carekey-devices-'));
  });
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
    await world.close();
  });

  /** The commands of the page as one shell session; the lines that each one printed. */
  async function walkThrough(): Promise<string[][]> {
    const guide = await pageFor(world.app, 'docs/guides/devices.md');
    const script = ['set -eu', ...codeBlocks(guide, 'sh').flatMap((code) => [code, 'echo "--- next"'])];
    const env = {
      PATH: `${dirname(process.execPath)}:${process.env['PATH']}`,
      ISSUER: world.app.baseUrl,
      TOKEN: world.tokens.admin,
    };
    const { stdout } = await promisify(execFile)('sh', ['-c', script.join('\n')], { cwd: folder, env });
    return stdout.split('--- next\n').map((part) => part.split(/\r?\n/).filter(Boolean));
  }

  (curl ? it : it.skip)(
    `${curl ? '' : 'skipped without curl: '}every command: a policy, a device, a webhook, limits, secrets, addresses, the end`,
    async () => {
      expect(await walkThrough()).toEqual([
        [],
        [],
        [],
        ['201'],
        ['201'],
        ['read', 'search', 'history', 'update', 'patch', 'delete', 'another type'].map(
          (name) => `${name}: 403`,
        ),
        ['Okafor'],
        ['201', '200'],
        [
          '429',
          expect.stringMatching(/^ratelimit: "fhirInteractions";r=0;t=\d+$/i),
          expect.stringMatching(/^retry-after: \d+$/i),
          '201',
        ],
        ['201', '201'],
        ['201', '401'],
        ['403', '201'],
        ['false', '401'],
        [],
      ]);
      const fhir = new FhirAgent(world);
      const reader = await fhir.person({ resourceType: '*' });
      const { body } = await fhir.call(reader, 'GET', 'Patient?family=quill', undefined, {
        'x-medplum': 'extended',
      });
      expect(body.entry.length).toBeGreaterThan(5);
      for (const { resource } of body.entry)
        expect(resource.meta.author.reference).toMatch(/^ClientApplication\//);
    },
  );
});
