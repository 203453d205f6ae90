import type { INestApplicationContext } from '@nestjs/common';
import type { Config } from '../kernel/config.js';
import type { KernelOptions } from '../kernel/kernel.module.js';
import type { MigrationClass } from '../kernel/migrate.js';
import type { Terminal } from './terminal.js';

/** What the entry hands to the commands: the parts of the house that stand above them. */
export interface House {
  readonly version: string;
  readonly migrations: readonly MigrationClass[];
  /** Reads the environment. @throws ConfigError */
  config(): Config;
  /** Builds the services on an open database. */
  services(options: KernelOptions): Promise<INestApplicationContext>;
}

/** An option of a command, as `--help` shows it. */
export interface CommandOption {
  readonly type: 'string' | 'boolean';
  readonly summary: string;
  /** The word for its value in `--help`. */
  readonly value?: string;
}

/** What a command was called with. */
export interface Call {
  readonly house: House;
  readonly terminal: Terminal;
  readonly options: Readonly<Record<string, string | boolean | undefined>>;
  readonly arguments: readonly string[];
}

/** What a command has to say: for people, and for programs with `--json`. */
export interface Answer {
  readonly text: string;
  readonly json: unknown;
  /** The command ran, and what it found is bad: exit code 1. */
  readonly failed?: boolean;
}

/** One command of `carekey`. */
export interface Command {
  /** The words after `carekey`, such as `keys rotate`. */
  readonly name: string;
  readonly summary: string;
  /** Names of its arguments; those in brackets may be left out. */
  readonly arguments: readonly string[];
  readonly options: Readonly<Record<string, CommandOption>>;
  run(call: Call): Promise<Answer>;
}

/** The command was called wrongly: its usage is shown, exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** A command's name and summary, and how to get the rest: `--help` then loads none of the server. */
export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  load(): Promise<Command>;
}
