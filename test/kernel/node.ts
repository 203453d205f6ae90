import 'reflect-metadata';
import { Module, type OnModuleInit, type Type } from '@nestjs/common';
import { ModuleRef, NestFactory } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Config, loadConfig } from '../../src/kernel/config.js';
import type { JobOptions } from '../../src/kernel/job-options.js';
import { KernelModule } from '../../src/kernel/kernel.module.js';
import type { DatabaseConnection } from '../../src/kernel/notices.js';
import { TestClock } from '../helpers/clock.js';

/** One process's kernel, without doors: several of them in one test are several nodes on one database. */
export interface KernelNode {
  readonly clock: TestClock;
  get<Service>(type: Type<Service>): Service;
  close(): Promise<void>;
}

/** How a node is to be. */
export interface NodeOptions {
  readonly connection: DatabaseConnection;
  readonly env?: Readonly<Record<string, string>>;
  readonly clock?: TestClock;
  readonly jobs?: Partial<JobOptions>;
  readonly entities?: readonly Type<object>[];
  /** Runs as a module's `onModuleInit`: where handlers and purges are registered. */
  readonly onInit?: (get: KernelNode['get']) => void;
}

/** What the environment of a test's process says. */
export function testEnvironment(env: Readonly<Record<string, string>> = {}): Record<string, string> {
  const key = Buffer.from(Array.from({ length: 32 }, (_, index) => index * 5)).toString('base64');
  return {
    DATABASE_URL: 'postgres://tests-bring-their-own-connection',
    CAREKEY_SEALING_KEYS: `t1:${key}`,
    CAREKEY_LOG_LEVEL: process.env['TEST_LOG_LEVEL'] ?? 'silent',
    CAREKEY_DATABASE_POOL: '6',
    ...env,
  };
}

/** A configuration for tests; `env` as the environment would give it. */
export function testConfig(env: Readonly<Record<string, string>> = {}): Config {
  return loadConfig(testEnvironment(env));
}

/** Starts a node. Its queue is swept often, so that tests need not wait. */
export async function startNode(options: NodeOptions): Promise<KernelNode> {
  const { connection, env = {}, clock = new TestClock(), entities = [], onInit } = options;
  const { connectionString, host, port, user, database } = connection;
  const config = testConfig(env);
  const jobs = { sweepEveryMs: 100, handOverAfterMs: 1_000, ...options.jobs };

  @Module({})
  class TestModule implements OnModuleInit {
    constructor(private readonly all: ModuleRef) {}

    onModuleInit(): void {
      onInit?.((type) => this.all.get(type, { strict: false }));
    }
  }

  const root = {
    module: TestModule,
    imports: [
      KernelModule.register({ config, connection, sealingKeys: config.sealingKeys, clock, jobs }),
      TypeOrmModule.forRoot({
        type: 'postgres',
        ...(connectionString ? { url: connectionString } : { host, port, username: user, database }),
        autoLoadEntities: true,
        retryAttempts: 0,
        poolSize: config.settings.CAREKEY_DATABASE_POOL,
        poolErrorHandler: () => {},
      } as never),
      ...(entities.length > 0 ? [TypeOrmModule.forFeature([...entities])] : []),
    ],
  };
  const app = await NestFactory.createApplicationContext(root, { logger: false, abortOnError: false });
  return { clock, get: (type) => app.get(type, { strict: false }), close: () => app.close() };
}
