import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type AdminWorld, startAdminWorld } from '../helpers/admin-world.js';
import { noChromium, openChromium } from '../helpers/chromium.js';
import { codeBlocks, folderWithPackages, linesOf, pageFor, saveExamples } from '../helpers/page-code.js';
import { freePort } from '../helpers/ports.js';

if (noChromium) process.stderr.write(`Skipped the page of medplum-sdk.test.ts: ${noChromium}\n`);

describe('the guide to apps with the SDK', () => {
  let world: AdminWorld;
  let guide: string;
  let folder: string;
  const children: ChildProcess[] = [];

  beforeAll(async () => {
    world = await startAdminWorld();
    guide = await pageFor(world.app, 'docs/guides/medplum-sdk.md');
    folder = await folderWithPackages();
    await saveExamples(guide, folder);
  });
  afterAll(async () => {
    for (const child of children) child.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
    await world.close();
  });

  const register = async (at: number, variables: object = {}, change = (same: string) => same) => {
    const mutation = change(codeBlocks(guide, 'graphql')[at]!);
    const { data, errors } = await world.graphql('admin', mutation, variables);
    expect(errors).toEqual([]);
    const { client, secret } = data.createClient;
    return { CLIENT_ID: client.id as string, ...(secret && { CLIENT_SECRET: secret as string }) };
  };

  const lines = (file: string, env: Record<string, string> = {}) =>
    linesOf(folder, file, { BASE_URL: world.app.baseUrl, ...env });

  it('a person on a form of the app: signed in, refreshed, signed out', async () => {
    const client = await register(0);
    const { email: EMAIL, password: PASSWORD } = world.project.person;
    expect(await lines('person.mjs', { ...client, EMAIL, PASSWORD })).toEqual([
      expect.stringMatching(/^Signed in as Practitioner\/[\w-]+ in North clinic$/),
      'Refreshed: true',
      'Signed out: true',
    ]);
    const wrong = { ...client, EMAIL, PASSWORD: 'not the password' };
    await expect(lines('person.mjs', wrong)).rejects.toThrow('Email or password is invalid');
  });

  it('a program with a secret: in the body, in the header, without a token', async () => {
    const client = await register(1);
    const self = `ClientApplication/${client.CLIENT_ID}`;
    expect(await lines('service.mjs', client)).toEqual([
      `In the body: ${self}`,
      'In the header: North clinic',
      `Without a token: ${self}`,
    ]);
  });

  it('a program that signs', async () => {
    const [jwks] = await lines('keys.mjs');
    const client = await register(2, { jwks });
    expect(client).not.toHaveProperty('CLIENT_SECRET');
    expect(await lines('signed.mjs', client)).toEqual([`Signed in as ClientApplication/${client.CLIENT_ID}`]);
  });

  (noChromium ? it.skip : it)(
    'a page: signs in by redirect, stays so after a reload, signs out',
    async () => {
      const origin = `http://localhost:${await freePort()}`;
      const mine = (text: string) => text.replaceAll('http://localhost:3000', origin);
      const { CLIENT_ID } = await register(0, {}, mine);
      await writeFile(
        join(folder, 'index.html'),
        codeBlocks(guide, 'html')[0]!.replace('CLIENT_ID', CLIENT_ID),
      );
      const serve = codeBlocks(guide, 'js').find((code) => code.includes('createServer'))!;
      await writeFile(join(folder, 'serve.mjs'), mine(serve).replace('3000', new URL(origin).port));
      const child = spawn(process.execPath, ['serve.mjs'], {
        cwd: folder,
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      children.push(child);
      expect(await once(createInterface({ input: child.stdout! }), 'line')).toEqual([`Open ${origin}`]);

      const { context, close } = await openChromium();
      try {
        const page = await context.newPage();
        await page.goto(origin);
        await page.getByLabel('E-mail address').fill(world.project.person.email);
        await page.getByLabel('Password', { exact: true }).fill(world.project.person.password);
        await page.getByRole('button', { name: 'Sign in' }).click();
        await page.getByRole('button', { name: 'Allow', exact: true }).click();
        await page.getByText('Signed in as Ada Quill').waitFor();
        expect(page.url()).toBe(`${origin}/`);
        await page.reload();
        await page.getByText('Signed in as Ada Quill').waitFor();
        await page.getByRole('button', { name: 'Sign out' }).click();
        await page.waitForURL(`${world.app.baseUrl}signin?*`);
        await page.goto(`${origin}/callback?error=access_denied`);
        await page.getByText('Not signed in: access_denied').waitFor();
      } finally {
        await close();
      }
    },
  );
});
