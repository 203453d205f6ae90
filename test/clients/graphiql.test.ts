import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { type AdminWorld, startAdminWorld } from '../helpers/admin-world.js';
import { noChromium, openChromium } from '../helpers/chromium.js';
import { until } from '../kernel/wait.js';

if (noChromium) process.stderr.write(`Skipped test/clients/graphiql.test.ts: ${noChromium}\n`);

let world: AdminWorld;
beforeAll(async () => {
  world = await startAdminWorld();
});
afterAll(() => world.close());

describe('rulings 26 56 GraphiQL at GET /graphql', () => {
  it('is a page of files of this server, under a policy of its own', async () => {
    const page = await world.agent.get('graphql');
    expect(page.status).toBe(200);
    expect(page.headers.get('content-type')).toMatch(/^text\/html/);
    expect(page.headers.get('content-security-policy')).toMatch(/^default-src 'none'; script-src 'self'; /);
    expect(page.body).not.toMatch(/<script>|\son[a-z]+=|style=/);
    const files = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, file]) => file!);
    expect(files).toHaveLength(6);
    for (const file of files) {
      const answer = await world.agent.get(file);
      expect([file, answer.status]).toEqual([file, 200]);
      expect(answer.headers.get('content-type')).toMatch(/^text\/(css|javascript)/);
      expect(answer.body).not.toContain('sourceMappingURL=http');
    }
  });

  it.each(['package.json', '..%2fpackage.json', 'constructor', 'graphiql.min.js.map'])(
    'has no file %s',
    async (file) => {
      expect((await world.agent.get(`graphql/${file}`)).status).toBe(404);
    },
  );

  it('is not there for anybody behind a proxy', async () => {
    for (const path of ['graphql', 'graphql/graphiql.js'])
      expect((await world.agent.get(path, { 'x-forwarded-for': '203.0.113.7' })).status).toBe(404);
  });
});

(noChromium ? describe.skip : describe)('a person in Chromium with GraphiQL', () => {
  it('puts a token into the headers, reads the schema, asks, and no other host is asked anything', async () => {
    const { context, close } = await openChromium({ width: 1280 });
    const complaints: string[] = [];
    context.on('console', (message) => {
      if (/Content Security Policy|Refused to/.test(message.text())) complaints.push(message.text());
    });
    context.on('request', (request) => {
      const { protocol, origin } = new URL(request.url());
      if (protocol !== 'data:' && origin !== new URL(world.app.baseUrl).origin)
        complaints.push(request.url());
    });
    try {
      const page = await context.newPage();
      await page.goto(`${world.app.baseUrl}graphql`);
      await write(page, '.graphiql-editor-tool', `{ "Authorization": "Bearer ${world.tokens.admin}" }`);
      // GraphiQL takes what was written into its headers over after a pause of its own.
      await until(async () => {
        const answered = page.waitForResponse((answer) => answer.request().method() === 'POST');
        await page.getByLabel('Re-fetch GraphQL schema').click();
        return (await answered).status() === 200;
      });
      await page.getByLabel('Show Documentation Explorer').click();
      await page.getByText('Mutation', { exact: true }).waitFor();
      await page.getByLabel(/Execute query/).click();
      await page.locator('.result-window').getByText('"CLIENT"').waitFor();
      const screenshot = process.env['TEST_SCREENSHOT'];
      if (screenshot) await page.screenshot({ path: screenshot });
      expect(await page.evaluate<string>('JSON.stringify(localStorage)')).not.toContain(world.tokens.admin);
    } finally {
      await close();
    }
    expect(complaints).toEqual([]);
  });
});

/** Replaces what stands in an editor. */
async function write(page: Page, place: string, text: string): Promise<void> {
  await page.locator(`${place} .CodeMirror:visible`).click();
  await page.keyboard.press('Control+A');
  // Pasted whole: typed brackets would be closed by the editor.
  await page.keyboard.insertText(text);
}
