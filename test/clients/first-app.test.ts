import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApp, type TestApp } from '../helpers/app.js';
import { OAuthAgent } from '../helpers/oauth-agent.js';
import { codeBlocks, folderWithPackages, pageFor } from '../helpers/page-code.js';

const admin = { email: 'ada@example.org', password: 'violet harbor lantern 42' };
const grace = { email: 'grace@clinic.example', password: 'amber saddle window 17' };
const curl = spawnSync('curl', ['--version']).status === 0;

describe('the guide to a first app', () => {
  let server: TestApp;
  let folder: string;
  let guide: string;

  beforeAll(async () => {
    // Step 1, the link, is a test of its own: here the admin comes from the environment.
    server = await startApp({
      env: { CAREKEY_ADMIN_EMAIL: admin.email, CAREKEY_ADMIN_PASSWORD: admin.password },
    });
    guide = await pageFor(server, 'docs/guides/first-app.md');
    folder = await folderWithPackages();
    await writeFile(join(folder, 'sign-in.mjs'), codeBlocks(guide, 'js')[0]!);
  });

  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
    await server.close();
  });

  /** The commands of the page as one shell session; what each one printed. */
  async function walkThrough(people: readonly { email: string; password: string }[]): Promise<string[]> {
    const commands = codeBlocks(guide, 'sh').filter((code) => !code.startsWith('npm '));
    const script = ['set -eu', ...commands.flatMap((code) => [code, 'echo "--- next"'])].join('\n');
    const env = { PATH: process.env['PATH'] };
    const shell = spawn('sh', ['-c', script], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
    const ended = once(shell, 'close');
    const printed = text(shell.stdout);
    const waiting = [...people];
    const notes: string[] = [];
    for await (const line of createInterface({ input: shell.stderr })) {
      notes.push(line);
      if (line.startsWith('Open '))
        await openInBrowser(new URL(line.slice('Open '.length)), waiting.shift()!);
    }
    expect([await ended, notes.filter((line) => !line.startsWith('Open '))]).toEqual([
      [0, null],
      people.map(({ email }) => `Signed in as ${email}`),
    ]);
    return (await printed).split('--- next\n').map((part) => part.trim());
  }

  async function openInBrowser(address: URL, person: { email: string; password: string }): Promise<void> {
    const parameters = Object.fromEntries(address.searchParams);
    const client = { id: parameters['client_id']!, redirectUri: parameters['redirect_uri']! };
    const back = await new OAuthAgent(server.baseUrl).signIn(client, person, parameters);
    expect((await fetch(back)).status).toBe(200);
  }

  (curl ? it : it.skip)(
    `${curl ? '' : 'skipped without curl: '}works as written, to the end`,
    async () => {
      const [, whoAmI, person, , userinfo, record, ended] = await walkThrough([admin, grace]);
      expect(JSON.parse(whoAmI!)).toMatchObject({
        data: { me: { email: admin.email, projectName: 'First project', admin: true } },
      });
      expect(JSON.parse(person!)).toMatchObject({
        data: { createUser: { membership: { id: expect.any(String) } } },
      });
      expect(JSON.parse(userinfo!)).toMatchObject({ email: grace.email, given_name: 'Grace' });
      const types = JSON.parse(record!).data.auditRecords.edges.map(
        (edge: { node: { type: string } }) => edge.node.type,
      );
      expect(types).toContain('TOKEN_ISSUED');
      const [deactivated, status] = ended!.split('\n');
      expect(JSON.parse(deactivated!)).toMatchObject({
        data: { deactivateClient: { client: { active: false } } },
      });
      expect(status).toBe('401');
    },
    60_000,
  );
});
