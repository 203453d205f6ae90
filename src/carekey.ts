#!/usr/bin/env node
import 'reflect-metadata';
import { migrations } from '../migrations/all.js';
import type { House } from './cli/command.types.js';
import { runCommand } from './cli/run-command.js';
import { version } from './health/version.js';
import { loadConfig } from './kernel/config.js';
import { keepCompiledCode } from './process.js';

keepCompiledCode();

const house: House = {
  version,
  migrations,
  // Quiet unless asked: standard output belongs to the answer.
  config: () => loadConfig({ CAREKEY_LOG_LEVEL: 'silent', ...process.env }),
  services: async (options) => {
    const { NestFactory } = await import('@nestjs/core');
    const { AppModule } = await import('./app.module.js');
    const { Log } = await import('./kernel/log.js');
    return NestFactory.createApplicationContext(AppModule.register(options), {
      logger: new Log(options.config),
      abortOnError: false,
    });
  },
};

process.exitCode = await runCommand(process.argv.slice(2), house);
