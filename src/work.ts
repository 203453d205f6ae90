import { NestFactory } from '@nestjs/core';
import { migrations } from '../migrations/all.js';
import { AppModule } from './app.module.js';
import { loadConfig } from './kernel/config.js';
import { openDatabase } from './kernel/database-server.js';
import { Log } from './kernel/log.js';
import { type Fatal, type Running, releaseStartMemory } from './process.js';

/** Starts a process that works on the queue and serves nothing; any number may run. @throws ConfigError, StartError */
export async function work(fatal: Fatal): Promise<Running> {
  const config = loadConfig(process.env);
  const database = await openDatabase(config, migrations, { purpose: 'worker', onLost: fatal });
  const { connection, sealingKeys } = database;
  const options = { config, connection, sealingKeys, jobs: { runsQueue: true } };
  const app = await NestFactory.createApplicationContext(AppModule.register(options), {
    logger: new Log(config),
    abortOnError: false,
  }).catch(async (error: unknown) => {
    await database.close();
    throw error;
  });
  releaseStartMemory();
  process.stdout.write('Carekey worker is ready: it handles the jobs of the queue.\n');
  return {
    stop: async () => {
      await app.close();
      await database.close();
    },
  };
}
