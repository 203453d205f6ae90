import { AsyncLocalStorage } from 'node:async_hooks';
import { Injectable, type LoggerService } from '@nestjs/common';
import { type Logger, pino } from 'pino';
import { Config } from './config.js';

/**
 * The only fields that a log line may carry. Bodies, headers, tokens, names and clinical text have no field here,
 * so they cannot get in by accident.
 */
export interface LogFields {
  readonly requestId?: string;
  readonly projectId?: string;
  readonly method?: string;
  readonly route?: string;
  readonly status?: number;
  readonly ms?: number;
  readonly code?: string;
  readonly detail?: string;
  readonly topic?: string;
  readonly jobId?: string;
  readonly count?: number;
  readonly node?: string;
  readonly error?: unknown;
}

/** What the running request puts on every line of its log. */
export const requestLogContext = new AsyncLocalStorage<{ requestId: string; projectId?: string }>();

const allowed: readonly (keyof LogFields)[] = [
  'requestId',
  'projectId',
  'method',
  'route',
  'status',
  'ms',
  'code',
  'detail',
  'topic',
  'jobId',
  'count',
  'node',
];

/** Structured logging: one JSON line per event on standard output. Also Nest's own logger. */
@Injectable()
export class Log implements LoggerService {
  private readonly pino: Logger;

  constructor(config: Config) {
    this.pino = pino({ level: config.settings.CAREKEY_LOG_LEVEL, base: null });
  }

  info(message: string, fields: LogFields = {}): void {
    this.pino.info(line(fields), message);
  }

  warn(message: string, fields: LogFields | unknown = {}): void {
    this.pino.warn(line(fields as LogFields), message);
  }

  error(message: string, fields: LogFields | unknown = {}): void {
    this.pino.error(line(fields as LogFields), message);
  }

  /** Nest's start-up chatter: kept for `debug`. */
  log(message: string): void {
    this.pino.debug(message);
  }

  debug(message: string): void {
    this.pino.debug(message);
  }
}

function line(fields: LogFields): object {
  const out: Record<string, unknown> = { ...requestLogContext.getStore() };
  if (typeof fields !== 'object' || fields === null) return out;
  for (const name of allowed) if (fields[name] !== undefined) out[name] = fields[name];
  if (fields.error !== undefined) out['error'] = describe(fields.error);
  return out;
}

/** Name, message and stack of an error, without the values that database errors carry in `detail` or `parameters`. */
function describe(error: unknown): unknown {
  if (!(error instanceof Error)) return { message: String(error).slice(0, 500) };
  const { name, message, stack, cause } = error;
  return {
    name,
    message: message.slice(0, 500),
    stack,
    ...(cause instanceof Error ? { cause: describe(cause) } : {}),
  };
}
