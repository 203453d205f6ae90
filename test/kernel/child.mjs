// A second process of the kernel, from the built files. Says on standard output what it does, one line each.
//   node child.mjs '{"task":"work"|"take"|"lack","connection":{...},"env":{...}, ...}'
import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { z } from 'zod';
import { Budgets } from '../../dist/src/kernel/budgets.js';
import { loadConfig } from '../../dist/src/kernel/config.js';
import { Jobs } from '../../dist/src/kernel/jobs.js';
import { KernelModule } from '../../dist/src/kernel/kernel.module.js';
import { defineTopic } from '../../dist/src/kernel/topics.js';

const { task, connection, env, key, takers, limit } = JSON.parse(process.argv[2]);
const config = loadConfig(env);
const topic = defineTopic('test.killed', z.object({ inside: z.boolean() }), {
  attempts: 3,
  backoffMs: 50,
  leaseMs: 2_000,
});

const say = (line) => process.stdout.write(`${line}\n`);

class ChildModule {
  constructor(jobs) {
    this.jobs = jobs;
  }

  onModuleInit() {
    // Never gets to its end: the test kills this process.
    const run = async (_tx, _payload, { id }) => {
      say(`running ${id}`);
      await new Promise(() => {});
    };
    if (task !== 'lack') this.jobs.handle(topic, { run });
  }
}
const { connectionString, host, port, user, database } = connection;
Reflect.defineMetadata('design:paramtypes', [Jobs], ChildModule);
Module({
  imports: [
    KernelModule.register({
      config,
      connection,
      sealingKeys: config.sealingKeys,
      jobs: { runsQueue: task === 'work', sweepEveryMs: 100, handOverAfterMs: 1_000 },
    }),
    TypeOrmModule.forRoot({
      type: 'postgres',
      ...(connectionString ? { url: connectionString } : { host, port, username: user, database }),
      autoLoadEntities: true,
      poolSize: 10,
    }),
  ],
})(ChildModule);

const app = await NestFactory.createApplicationContext(ChildModule, {
  logger: false,
  abortOnError: false,
}).catch((error) => {
  say(`failed: ${error.message}`);
  process.exit(1);
});
say('ready');
if (task === 'take') {
  const budgets = app.get(Budgets);
  const taken = await Promise.all(
    Array.from({ length: takers }, () => budgets.take(key, { limit, windowMs: 60_000 })),
  );
  say(`allowed ${taken.filter(({ allowed }) => allowed).length}`);
  await app.close();
}
