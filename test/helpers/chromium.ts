import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium } from 'playwright-core';

const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium';

/** Why tests that need a browser are skipped here, or `undefined` when there is one. */
export const noChromium = existsSync(executablePath)
  ? undefined
  : `no browser at ${executablePath}: install Debian's chromium, or name one in CHROMIUM`;

/** A fresh headless browser that asks nobody but this machine. */
export async function openChromium(
  options: { javaScript?: boolean; width?: number; anyCertificate?: boolean } = {},
): Promise<{
  context: BrowserContext;
  close(): Promise<void>;
}> {
  const profile = await mkdtemp(join(tmpdir(), 'carekey-chromium-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath,
    headless: true,
    ignoreHTTPSErrors: options.anyCertificate ?? false,
    javaScriptEnabled: options.javaScript ?? true,
    viewport: { width: options.width ?? 1000, height: 800 },
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
  return {
    context,
    close: async () => {
      await context.close();
      await rm(profile, { recursive: true, force: true });
    },
  };
}
