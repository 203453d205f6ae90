import { readFileSync } from 'node:fs';
import { BlockList, isIP } from 'node:net';
import { z } from 'zod';
import type { SealingKey } from './secrets.js';

/** A setting that is missing or wrong. Its message names the variable and says what to do. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

const text = z.string().min(1);
const positive = z.coerce.number().int().positive();

/** Every variable that the server reads: name -> schema and the sentence of `docs/config.md`. */
export const settings = {
  PORT: [z.coerce.number().int().min(0).max(65535).default(8103), 'Port to listen on.'],
  HOST: [
    text.default('127.0.0.1'),
    'Address to listen on. Loopback unless you publish the server on purpose.',
  ],
  DATABASE_URL: [
    text.optional(),
    'PostgreSQL 14 to 18. Unset: an embedded PostgreSQL in the data directory.',
  ],
  REDIS_URL: [
    text.optional(),
    'Redis for jobs and shared traffic limits. Unset: both use PostgreSQL and this process.',
  ],
  SMTP_URL: [
    text.optional(),
    'Mail server: smtps://user:password@host, or smtp:// for STARTTLS. Unset: mail is kept and, on a local base URL, shown at /dev/mailbox.',
  ],
  CAREKEY_MAIL_FROM: [
    text.optional(),
    'Sender of mail, like "Carekey <id@example.org>". Required with SMTP_URL.',
  ],
  CAREKEY_BASE_URL: [
    text.optional(),
    'Public address of this server and its issuer. https unless it is loopback. Default: http://localhost:$PORT/',
  ],
  CAREKEY_DATA_DIR: [
    text.default('.carekey'),
    'Where the embedded PostgreSQL, the sealing keys and first-steps.env are kept.',
  ],
  CAREKEY_ADMIN_EMAIL: [
    z.email().optional(),
    'E-mail address of the first super admin; needs CAREKEY_ADMIN_PASSWORD too.',
  ],
  CAREKEY_ADMIN_PASSWORD: [
    text.optional(),
    'Password of the first super admin. Unset: a one-time set-up link is printed.',
  ],
  CAREKEY_ALLOWED_ORIGINS: [
    text.optional(),
    'Further origins that may call the API from a browser, separated by commas.',
  ],
  CAREKEY_OUTBOUND_ALLOW: [
    text.optional(),
    'Private hosts (host or host:port) that the server may call, separated by commas.',
  ],
  CAREKEY_TRUSTED_PROXIES: [
    text.optional(),
    'Addresses or CIDR ranges of proxies whose X-Forwarded-For is believed. Default: none.',
  ],
  CAREKEY_SEALING_KEYS: [
    text.optional(),
    'id:base64 of 32 bytes, separated by commas; the first seals, all open. Required with DATABASE_URL.',
  ],
  CAREKEY_MIGRATION_DATABASE_URL: [
    text.optional(),
    'The same database as its owner: migrates, so that DATABASE_URL can be a lesser role.',
  ],
  CAREKEY_KEY_ROTATION_DAYS: [
    z.coerce.number().int().min(0).max(3650).default(90),
    'Days that a signing key signs before the schedule replaces it; 0: by hand only.',
  ],
  CAREKEY_METRICS_TOKEN: [
    text.min(16).optional(),
    'Bearer token that opens /metrics to others than loopback.',
  ],
  CAREKEY_ROLE: [
    z.enum(['all', 'web']).default('all'),
    'web: this process runs no queues; start `npm run worker` beside it.',
  ],
  CAREKEY_WORKERS: [
    positive.default(1),
    'Web processes on this port; above 1 needs DATABASE_URL. Each has connections, caches and metrics of its own.',
  ],
  CAREKEY_LOG_LEVEL: [
    z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
    'How much is logged.',
  ],
  CAREKEY_DATABASE_POOL: [positive.default(20), 'Database connections of one process.'],
  UV_THREADPOOL_SIZE: [
    positive.default(4),
    "Threads of Node's own pool; at most half of them hash passwords.",
  ],
  CAREKEY_RATE_LIMIT_REQUESTS: [
    z.coerce.number().int().min(-1).default(60_000),
    'Requests a minute of one address; -1: no limit.',
  ],
  CAREKEY_RATE_LIMIT_SIGN_IN: [
    z.coerce.number().int().min(-1).default(160),
    'Sign-in steps a minute of one address; -1: no limit.',
  ],
  CAREKEY_RATE_LIMIT_TOKENS: [
    z.coerce.number().int().min(-1).default(10),
    'Refreshes a minute of one grant family; -1: no limit.',
  ],
  CAREKEY_RATE_LIMIT_CLIENT_TOKENS: [
    z.coerce.number().int().min(-1).default(600),
    'Tokens a minute that one client gets for itself (client_credentials), unless its project says otherwise; -1: no limit.',
  ],
  CAREKEY_RATE_LIMIT_PROJECT_TOKENS: [
    z.coerce.number().int().min(-1).default(6_000),
    'The same for all clients of a project together; -1: no limit.',
  ],
  CAREKEY_RATE_LIMIT_FHIR: [
    z.coerce.number().int().min(-1).default(50_000),
    'Points a minute of one member (a person or a client) at the FHIR door, unless its project says otherwise; -1: no limit.',
  ],
  CAREKEY_RATE_LIMIT_PROJECT_FHIR: [
    z.coerce.number().int().min(-1).default(500_000),
    'The same for all members of a project together; -1: no limit.',
  ],
} satisfies Record<string, readonly [z.ZodType, string]>;

/** Variables that hold secrets: each may be given as `<NAME>_FILE`, a path, instead. */
export const secretSettings = [
  'DATABASE_URL',
  'REDIS_URL',
  'SMTP_URL',
  'CAREKEY_ADMIN_PASSWORD',
  'CAREKEY_SEALING_KEYS',
  'CAREKEY_MIGRATION_DATABASE_URL',
  'CAREKEY_METRICS_TOKEN',
] as const satisfies readonly (keyof typeof settings)[];

type Settings = { readonly [K in keyof typeof settings]: z.output<(typeof settings)[K][0]> };

/** Who a mail comes from. */
export interface MailSender {
  readonly name: string;
  readonly address: string;
}

/** The whole configuration: read once at start, frozen, injected. Nothing else reads the environment. */
export class Config {
  readonly port: number;
  readonly host: string;
  /** The issuer: absolute, with its trailing slash (one constant for `iss`, metadata, RFC 9207 and `aud`). */
  readonly baseUrl: string;
  /** `scheme://host[:port]` of the base URL. */
  readonly origin: string;
  readonly isHttps: boolean;
  /** The base URL points to this machine only: development aids are on. */
  readonly isLocal: boolean;
  readonly allowedOrigins: readonly string[];
  readonly outboundAllow: readonly string[];
  readonly trustedProxies: BlockList;
  /** The server's own mail server; none: mail stays in its delivery record. */
  readonly smtpUrl: URL | undefined;
  /** Who mail comes from. */
  readonly mailFrom: MailSender;
  /** Sealing keys from the environment; none when they live in the data directory. */
  readonly sealingKeys: readonly SealingKey[];

  constructor(readonly settings: Settings) {
    this.port = settings.PORT;
    this.host = settings.HOST;
    const url = baseUrl(settings);
    this.baseUrl = url.href;
    this.origin = url.origin;
    this.isHttps = url.protocol === 'https:';
    this.isLocal = isLoopbackHost(url.hostname);
    this.allowedOrigins = list(settings.CAREKEY_ALLOWED_ORIGINS).map(parseOrigin);
    this.outboundAllow = list(settings.CAREKEY_OUTBOUND_ALLOW);
    this.trustedProxies = parseProxies(settings.CAREKEY_TRUSTED_PROXIES);
    this.smtpUrl = parseSmtpUrl(settings.SMTP_URL);
    this.mailFrom = parseSender(settings.CAREKEY_MAIL_FROM ?? `Carekey <no-reply@${url.hostname}>`);
    this.sealingKeys = parseSealingKeys(settings.CAREKEY_SEALING_KEYS);
    checkTogether(settings, this);
    Object.freeze(this);
  }

  /** An absolute address of this server; `path` without a leading slash. */
  url(path: string): string {
    return this.baseUrl + path;
  }
}

/**
 * Reads the environment.
 * @throws ConfigError naming the variable: unknown `CAREKEY_` names, malformed values, placeholders, contradictions.
 */
export function loadConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const values: Record<string, string | undefined> = {};
  for (const name of Object.keys(settings)) values[name] = env[name]?.trim() || undefined;
  for (const name of secretSettings) {
    const file = env[`${name}_FILE`]?.trim();
    if (!file) continue;
    if (values[name]) throw new ConfigError(`${name} and ${name}_FILE are both set. Keep one of them.`);
    values[name] = readSecretFile(`${name}_FILE`, file);
  }
  const known = new Set<string>([...Object.keys(settings), ...secretSettings.map((name) => `${name}_FILE`)]);
  for (const name of Object.keys(env)) {
    if (name.startsWith('CAREKEY_') && !known.has(name)) {
      throw new ConfigError(
        `${name} is not a setting of this version. Remove it or correct its name (docs/config.md lists them all).`,
      );
    }
  }
  const parsed: Record<string, unknown> = {};
  for (const [name, [schema]] of Object.entries(settings)) {
    const result = (schema as z.ZodType).safeParse(values[name]);
    if (!result.success)
      throw new ConfigError(
        `${name} is not valid: ${result.error.issues[0]?.message}. Correct it (docs/config.md).`,
      );
    parsed[name] = result.data;
  }
  return new Config(Object.freeze(parsed) as Settings);
}

function readSecretFile(variable: string, file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (cause) {
    throw new ConfigError(
      `${variable} names the file ${file}, which cannot be read. Check the path and its permissions.`,
      { cause },
    );
  }
}

function baseUrl(values: Settings): URL {
  const given = values.CAREKEY_BASE_URL ?? `http://localhost:${values.PORT}/`;
  if (!URL.canParse(given))
    throw new ConfigError(`CAREKEY_BASE_URL "${given}" is no URL. Write it like https://id.example.org/`);
  const url = new URL(given);
  if (url.search || url.hash || url.username)
    throw new ConfigError('CAREKEY_BASE_URL must have no query, fragment or user name.');
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopbackHost(url.hostname))) {
    throw new ConfigError(
      `CAREKEY_BASE_URL "${given}" must start with https:// because it is not a loopback address.`,
    );
  }
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  if (url.pathname !== '/')
    throw new ConfigError('CAREKEY_BASE_URL must have no path: give Carekey a host name of its own.');
  return url;
}

function checkTogether(values: Settings, config: Config): void {
  if (Boolean(values.CAREKEY_ADMIN_EMAIL) !== Boolean(values.CAREKEY_ADMIN_PASSWORD)) {
    throw new ConfigError(
      'CAREKEY_ADMIN_EMAIL and CAREKEY_ADMIN_PASSWORD belong together. Set both, or neither to get a set-up link.',
    );
  }
  if (values.DATABASE_URL && config.sealingKeys.length === 0) {
    throw new ConfigError(
      'CAREKEY_SEALING_KEYS is required with DATABASE_URL. Make one with: echo "k1:$(openssl rand -base64 32)" and keep it apart from the database.',
    );
  }
  if (values.SMTP_URL && !values.CAREKEY_MAIL_FROM) {
    throw new ConfigError(
      'CAREKEY_MAIL_FROM is required with SMTP_URL. Set it to the sender of mail, like Carekey <id@example.org>',
    );
  }
  if (values.CAREKEY_MIGRATION_DATABASE_URL && !values.DATABASE_URL) {
    throw new ConfigError(
      'CAREKEY_MIGRATION_DATABASE_URL is set but DATABASE_URL is not. Set both or neither.',
    );
  }
  if (values.CAREKEY_WORKERS > 1 && !values.DATABASE_URL) {
    throw new ConfigError(
      'CAREKEY_WORKERS above 1 needs DATABASE_URL: an embedded database has one web process. Set DATABASE_URL, or leave CAREKEY_WORKERS out.',
    );
  }
  const placeholder = /^(change-?me|secret|password|example|todo|xxx+)$/i;
  if (!config.isLocal && values.CAREKEY_ADMIN_PASSWORD && placeholder.test(values.CAREKEY_ADMIN_PASSWORD)) {
    throw new ConfigError('CAREKEY_ADMIN_PASSWORD is a placeholder. Choose a real one.');
  }
  for (const key of config.sealingKeys) {
    if (key.key.every((byte) => byte === key.key[0])) {
      throw new ConfigError(
        `CAREKEY_SEALING_KEYS: the key "${key.id}" is a placeholder. Make one with: openssl rand -base64 32`,
      );
    }
  }
}

function parseSmtpUrl(value: string | undefined): URL | undefined {
  if (value === undefined) return undefined;
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (!url || !/^smtps?:$/.test(url.protocol) || !url.hostname || url.search || url.hash) {
    throw new ConfigError(
      'SMTP_URL is no address of a mail server. Write it like smtps://user:password@mail.example.org:465',
    );
  }
  return url;
}

function parseSender(value: string): MailSender {
  const sender = /^(?:"?([^<>"\r\n]*?)"?\s*<)?([^\s<>@,;"]+@[^\s<>@,;"]+)>?$/.exec(value);
  if (!sender || value.includes('<') !== value.endsWith('>')) {
    throw new ConfigError('CAREKEY_MAIL_FROM is no sender of mail. Write it like Carekey <id@example.org>');
  }
  return { name: sender[1] ?? '', address: sender[2]! };
}

function parseSealingKeys(value: string | undefined): SealingKey[] {
  const keys = list(value).map((entry) => {
    const colon = entry.indexOf(':');
    const id = entry.slice(0, colon);
    const key = Buffer.from(entry.slice(colon + 1), 'base64');
    if (!/^[A-Za-z0-9_-]{1,32}$/.test(id) || key.length !== 32) {
      throw new ConfigError(
        'CAREKEY_SEALING_KEYS must be a list of id:base64 with 32 bytes each. Make one with: openssl rand -base64 32',
      );
    }
    return { id, key };
  });
  if (new Set(keys.map((key) => key.id)).size !== keys.length) {
    throw new ConfigError('CAREKEY_SEALING_KEYS names one id twice. Give each key an id of its own.');
  }
  return keys;
}

function parseProxies(value: string | undefined): BlockList {
  const proxies = new BlockList();
  for (const entry of list(value)) {
    const [address = '', prefix] = entry.split('/');
    const version = isIP(address);
    const bits = prefix === undefined ? (version === 6 ? 128 : 32) : Number(prefix);
    if (version === 0 || !Number.isInteger(bits) || bits < 0 || bits > (version === 6 ? 128 : 32)) {
      throw new ConfigError(
        `CAREKEY_TRUSTED_PROXIES: "${entry}" is no address or CIDR range. Write it like 10.0.0.0/8`,
      );
    }
    proxies.addSubnet(address, bits, version === 6 ? 'ipv6' : 'ipv4');
  }
  return proxies;
}

function parseOrigin(entry: string): string {
  if (!URL.canParse(entry) || new URL(entry).origin !== entry) {
    throw new ConfigError(
      `CAREKEY_ALLOWED_ORIGINS: "${entry}" is no origin. Write it like https://app.example.org`,
    );
  }
  return entry;
}

function list(value: string | undefined): string[] {
  return (value ?? '')
    .split(',')
    .map((entry) => entry.trim())
    .filter(Boolean);
}

/** Whether a URL's host name can only mean this machine. */
export function isLoopbackHost(hostname: string): boolean {
  return (
    hostname === 'localhost' ||
    hostname === '[::1]' ||
    hostname === '::1' ||
    /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(hostname)
  );
}
