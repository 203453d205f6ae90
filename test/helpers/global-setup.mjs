// One PostgreSQL for the whole run: the embedded one without fsync, or that of TEST_DATABASE_URL. A template database
// is made from the migrations; each test file gets a copy of it.
import 'reflect-metadata';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';

const template = 'carekey_template';

export default async function setUp() {
  const { EmbeddedPostgres } = await import('../../dist/src/kernel/embedded-postgres.js');
  const { migrate } = await import('../../dist/src/kernel/migrate.js');
  const { migrations } = await import('../../dist/migrations/all.js');
  const outside = process.env.TEST_DATABASE_URL;
  let superuser;
  let owner;
  if (outside) {
    superuser = { connectionString: outside };
    owner = (database) => ({ connectionString: withDatabase(outside, database, 'carekey_owner') });
    globalThis.carekeyTest = { close: async () => {} };
    await makeRoles(superuser);
  } else {
    const directory = mkdtempSync(join(tmpdir(), 'carekey-pg-'));
    const settings = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };
    const server = await EmbeddedPostgres.open(directory, { purpose: 'command', settings });
    superuser = server.superuser();
    owner = (database) => server.connection('carekey_owner', database);
    globalThis.carekeyTest = { directory, close: () => server.close() };
  }
  await inDatabase(superuser, async (client) => {
    await client.query(`DROP DATABASE IF EXISTS ${template} WITH (FORCE)`);
    await client.query(`CREATE DATABASE ${template} OWNER carekey_owner`);
  });
  await migrate(owner(template), 'carekey_app', migrations);
  process.env.TEST_POSTGRES = JSON.stringify({ superuser, template });
}

async function makeRoles(superuser) {
  await inDatabase(superuser, async (client) => {
    for (const role of ['carekey_owner', 'carekey_app']) {
      const { rowCount } = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [role]);
      if (rowCount === 0) await client.query(`CREATE ROLE ${role} LOGIN PASSWORD '${role}'`);
    }
  });
}

async function inDatabase(connection, act) {
  const client = new pg.Client(connection);
  await client.connect();
  try {
    await act(client);
  } finally {
    await client.end();
  }
}

function withDatabase(address, database, role) {
  const url = new URL(address);
  url.pathname = `/${database}`;
  url.username = role;
  url.password = role;
  return url.href;
}
