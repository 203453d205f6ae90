import { randomBytes, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { clusterOf } from './proc.mjs';

const asText = { getTypeParser: () => (text) => text };
const newHash = () => `\\x${randomBytes(32).toString('hex')}`;
const newHandle = () => randomBytes(32).toString('base64url');

/**
 * What one more session is, for each system: copies of rows that it wrote itself, with identities of their own. Carekey
 * keeps login, family and audit record; the peer refresh token, access token and grant.
 */
const sessions = {
  carekey: [
    { table: 'login', sample: 'user_id IS NOT NULL', change: (one) => ({ id: one.id, user_id: one.user }) },
    {
      table: 'refresh_family',
      change: (one) => ({ id: one.family, login_id: one.id, current_hash: newHash() }),
    },
    {
      table: 'audit_record',
      sample: "type = 'token.issued'",
      change: (one) => ({ id: one.family, login_id: one.id, user_id: one.user }),
    },
  ],
  'oidc-provider': ['Grant', 'RefreshToken', 'AccessToken'].map((model) => ({
    table: 'oidc_model',
    sample: `model = '${model}'`,
    change: (one) => ({ id: newHandle(), ...(model !== 'Grant' && { grant_id: one.id }) }),
  })),
};

/** Loads `count` sessions by COPY, then tidies up, so that no vacuum falls into the measured time. Answers seconds. */
export async function fill(system, count) {
  const client = new pg.Client(connectionOf(system));
  await client.connect();
  try {
    const from = performance.now();
    const ids = Array.from({ length: count }, () => ({
      id: randomUUID(),
      user: randomUUID(),
      family: randomUUID(),
    }));
    for (const part of sessions[system.name]) await copy(client, part, ids);
    await client.query('VACUUM (ANALYZE)');
    await client.query('CHECKPOINT');
    return (performance.now() - from) / 1000;
  } finally {
    await client.end();
  }
}

async function copy(client, { table, sample = 'true', change }, ids) {
  const text = `SELECT * FROM ${table} WHERE ${sample} LIMIT 1`;
  const { rows, fields } = await client.query({ text, types: asText });
  if (rows.length === 0) throw new Error(`There is no row of ${table} to take as an example (${sample})`);
  const names = fields.map((field) => field.name);
  const target = client.query(copyFrom(`COPY ${table} (${names.join(', ')}) FROM STDIN`));
  await pipeline(Readable.from(lines(rows[0], names, change, ids), { objectMode: false }), target);
}

function* lines(example, names, change, ids) {
  let chunk = '';
  for (const one of ids) {
    const row = { ...example, ...change(one) };
    chunk += `${names.map((name) => field(row[name])).join('\t')}\n`;
    if (chunk.length > 65_536) {
      yield chunk;
      chunk = '';
    }
  }
  if (chunk) yield chunk;
}

/** A value in COPY's text format. */
function field(value) {
  return value === null ? '\\N' : value.replace(/[\\\n\r\t]/g, (one) => escapes[one]);
}

const escapes = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** Where the embedded PostgreSQL of a data directory listens, by the socket that its pid file names. */
export function socketOf(dataDir) {
  const host = readFileSync(join(clusterOf(dataDir), 'postmaster.pid'), 'utf8')
    .split('\n')[4]
    .trim();
  return { host, port: 5432 };
}

/** How to log in to the database of a system as the superuser of its embedded PostgreSQL. */
export const connectionOf = ({ dataDir }) => ({
  ...socketOf(dataDir),
  user: 'postgres',
  database: 'carekey',
});

/** What the PostgreSQL of a system says about itself. */
export async function postgresSettings(system) {
  const client = new pg.Client(connectionOf(system));
  await client.connect();
  try {
    const names = ['server_version', 'fsync', 'synchronous_commit', 'full_page_writes', 'shared_buffers'];
    const { rows } = await client.query(
      'SELECT name, current_setting(name) AS value FROM unnest($1::text[]) AS name',
      [names],
    );
    return Object.fromEntries(rows.map(({ name, value }) => [name, value]));
  } finally {
    await client.end();
  }
}
