// One PostgreSQL for the whole run: the embedded one in .test/postgres, without fsync and shared by runs at the same time, or
// that of TEST_DATABASE_URL (a superuser). A template database is made from the migrations; each test file gets a copy.
import 'reflect-metadata';
import { rmSync } from 'node:fs';
import { register } from 'node:module';
import { fileURLToPath } from 'node:url';
import pg from 'pg';

register('./typescript-hooks.mjs', import.meta.url);

const dataDir = fileURLToPath(new URL('../../.test/postgres', import.meta.url));
const roles = ['carekey_owner', 'carekey_app'];

export default async function setUp() {
  const { migrate } = await import('../../src/kernel/migrate.ts');
  const { migrations } = await import('../../migrations/all.ts');
  const server = process.env.TEST_DATABASE_URL ? outside(process.env.TEST_DATABASE_URL) : await embedded();
  globalThis.carekeyTest = server;
  // The number of this process tells runs apart: those of runs that were killed are dropped here.
  const template = `carekey_test_${process.pid}_template`;
  try {
    await inDatabase(server.superuser, async (client) => {
      await makeRoles(client);
      await dropLeftovers(client);
      await client.query(`CREATE DATABASE ${template} OWNER carekey_owner`);
    });
    await migrate(server.owner(template), 'carekey_app', migrations);
  } catch (error) {
    await server.close();
    throw error;
  }
  process.env.TEST_POSTGRES = JSON.stringify({ superuser: server.superuser, run: process.pid, template });
}

async function embedded() {
  const { EmbeddedPostgres } = await import('../../src/kernel/embedded-postgres.ts');
  const settings = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };
  const open = () => EmbeddedPostgres.open(dataDir, { purpose: 'command', settings });
  // Without fsync a power cut may have damaged it; it holds nothing that anybody needs.
  const server = await open().catch(() => {
    rmSync(dataDir, { recursive: true, force: true });
    return open();
  });
  return {
    superuser: server.superuser(),
    owner: (database) => server.connection('carekey_owner', database),
    drop: () => inDatabase(server.superuser(), dropOwn),
    close: () => server.close(),
  };
}

function outside(address) {
  const owner = (database) => {
    const url = new URL(address);
    url.pathname = `/${database}`;
    url.username = url.password = 'carekey_owner';
    return { connectionString: url.href };
  };
  const superuser = { connectionString: address };
  return { superuser, owner, drop: () => inDatabase(superuser, dropOwn), close: async () => {} };
}

async function makeRoles(client) {
  for (const role of roles) {
    const { rowCount } = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [role]);
    if (rowCount === 0) await client.query(`CREATE ROLE ${role} LOGIN PASSWORD '${role}'`);
  }
}

const dropLeftovers = (client) => dropWhere(client, (run) => run === process.pid || !isAlive(run));
const dropOwn = (client) => dropWhere(client, (run) => run === process.pid);

async function dropWhere(client, unwanted) {
  const { rows } = await client.query(
    `SELECT datname FROM pg_database WHERE datname LIKE 'carekey\\_test\\_%'`,
  );
  for (const { datname } of rows) {
    if (unwanted(Number(datname.split('_')[2])))
      await client.query(`DROP DATABASE IF EXISTS ${datname} WITH (FORCE)`);
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function inDatabase(connection, act) {
  const client = new pg.Client(connection);
  client.on('error', () => {});
  await client.connect();
  try {
    await act(client);
  } finally {
    await client.end();
  }
}
