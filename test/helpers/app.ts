import 'reflect-metadata';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { FirstStart, type FirstStartReport } from '../../src/first-start.js';
import { loadConfig } from '../../src/kernel/config.js';
import { createWebApp } from '../../src/web-app.js';
import { TestClock } from './clock.js';
import { freshDatabase, type TestDatabase } from './database.js';
import { freePort } from './ports.js';

/** A server of this test file, listening on loopback, with a database and a clock of its own. */
export interface TestApp {
  readonly baseUrl: string;
  readonly clock: TestClock;
  readonly database: TestDatabase;
  readonly firstStart: FirstStartReport;
  readonly dataDir: string;
  /** Where this node listens; the same as `baseUrl` unless that is the public name of several nodes. */
  readonly listensOn: string;
  /** A service of the running server. */
  get<Service>(type: Type<Service>): Service;
  close(): Promise<void>;
}

/** The sealing key of tests: 32 bytes that are no placeholder. */
export const testSealingKey = `t1:${Buffer.from(Array.from({ length: 32 }, (_, index) => index * 7)).toString('base64')}`;

/** What a started server may share with another one: two nodes on one database. */
export interface StartOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly database?: TestDatabase;
  readonly clock?: TestClock;
}

/** Starts a server. Traffic limits are off unless `env` sets them. */
export async function startApp({
  env = {},
  database,
  clock = new TestClock(),
}: StartOptions = {}): Promise<TestApp> {
  const own = database ?? (await freshDatabase());
  const port = await freePort();
  const dataDir = await mkdtemp(join(tmpdir(), 'carekey-test-'));
  const config = loadConfig({
    PORT: String(port),
    DATABASE_URL: 'postgres://tests-bring-their-own-connection',
    CAREKEY_SEALING_KEYS: testSealingKey,
    CAREKEY_DATA_DIR: dataDir,
    CAREKEY_LOG_LEVEL: process.env['TEST_LOG_LEVEL'] ?? 'silent',
    CAREKEY_RATE_LIMIT_REQUESTS: '-1',
    CAREKEY_RATE_LIMIT_SIGN_IN: '-1',
    CAREKEY_RATE_LIMIT_TOKENS: '-1',
    CAREKEY_RATE_LIMIT_CLIENT_TOKENS: '-1',
    CAREKEY_RATE_LIMIT_PROJECT_TOKENS: '-1',
    CAREKEY_RATE_LIMIT_FHIR: '-1',
    CAREKEY_RATE_LIMIT_PROJECT_FHIR: '-1',
    CAREKEY_DATABASE_POOL: '6',
    ...env,
  });
  const app: NestFastifyApplication = await createWebApp({
    config,
    connection: own.connection,
    sealingKeys: config.sealingKeys,
    clock,
  });
  const firstStart = await app.get(FirstStart).run();
  await app.listen(port, config.host);
  return {
    baseUrl: config.baseUrl,
    listensOn: `http://localhost:${port}/`,
    clock,
    database: own,
    firstStart,
    dataDir,
    get: (type) => app.get(type, { strict: false }),
    close: async () => {
      await app.close();
      await rm(dataDir, { recursive: true, force: true });
      if (!database) await own.drop();
    },
  };
}
