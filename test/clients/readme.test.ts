import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { root } from '../architecture/sources.js';
import { startApp, type TestApp } from '../helpers/app.js';
import { OAuthAgent } from '../helpers/oauth-agent.js';
import { codeBlocks, folderWithPackages, pageFor } from '../helpers/page-code.js';

const admin = { email: 'ada@example.org', password: 'violet harbor lantern 42' };
const run = promisify(execFile);
const curl = spawnSync('curl', ['--version']).status === 0;

describe("the README's examples", () => {
  let server: TestApp;
  let readme: string;
  let folder: string;

  beforeAll(async () => {
    server = await startApp({
      env: { CAREKEY_ADMIN_EMAIL: admin.email, CAREKEY_ADMIN_PASSWORD: admin.password },
    });
    readme = await pageFor(server, 'README.md');
    folder = await folderWithPackages();
  }, 60_000);

  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
    await server.close();
  });

  async function firstSteps(): Promise<Record<string, string>> {
    const text = await readFile(server.firstStart.firstStepsFile!, 'utf8');
    return Object.fromEntries([...text.matchAll(/^(\w+)=(.*)$/gm)].map(([, name, value]) => [name, value]));
  }

  const shell = async (code: string) => JSON.parse((await run('sh', ['-euc', code], { cwd: folder })).stdout);
  const curlExamples = (curl ? it : it.skip).each([
    ['a token', 'grant_type=client_credentials', { token_type: 'Bearer', expires_in: expect.any(Number) }],
    ['introspection', 'oauth2/introspect', { active: true, token_type: 'Bearer' }],
  ] as const);

  curlExamples(`${curl ? 'with' : 'skipped without'} curl: %s`, async (_, part, answer) => {
    const example = codeBlocks(readme, 'sh').find((code) => code.includes('curl') && code.includes(part));
    expect(await shell(example!)).toMatchObject(answer);
  });

  it('with openid-client: a person signs in, the app gets tokens, refreshes and asks who it is', async () => {
    await writeFile(join(folder, 'app.mjs'), codeBlocks(readme, 'js')[0]!);
    const env = { PATH: process.env['PATH'], ...(await firstSteps()) };
    const app = spawn(process.execPath, ['app.mjs'], {
      cwd: folder,
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = once(app, 'close');
    const lines: string[] = [];
    for await (const line of createInterface({ input: app.stdout })) {
      lines.push(line);
      if (line.startsWith('Open ')) await openInBrowser(new URL(line.slice('Open '.length)));
    }
    expect(await ended).toEqual([0, null]);
    expect(lines.join('\n')).toContain("email: 'ada@example.org'");
    expect(lines.join('\n')).toMatch(/Userinfo: \{\s+sub: '/);
  }, 60_000);

  async function openInBrowser(address: URL): Promise<void> {
    const parameters = Object.fromEntries(address.searchParams);
    const client = { id: parameters['client_id']!, redirectUri: parameters['redirect_uri']! };
    const back = await new OAuthAgent(server.baseUrl).signIn(client, admin, parameters);
    expect((await fetch(back)).status).toBe(200);
  }

  it('the first two commands are the ones that exist', async () => {
    const { scripts } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    const commands = codeBlocks(readme, 'sh');
    expect(commands.slice(0, 2)).toEqual(['npm ci && npm start', 'npm test']);
    expect(scripts).toMatchObject({ start: expect.any(String), test: expect.any(String) });
  });
});
