// Starts a server with a fresh data directory, gets a token with the client that it printed, stops it.
//   node .ci/smoke.mjs <folder> <command...>
// SMOKE_USER runs the command as that user (needs root). The Node of PATH is the one that runs the command.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const [folder, command, ...args] = process.argv.slice(2);
const user = process.env.SMOKE_USER;
const home = mkdtempSync(join(tmpdir(), 'carekey-smoke-'));
// Started by root, PostgreSQL runs as another user; shut out, it would keep its files in /var/lib/carekey.
chmodSync(home, 0o711);
const dataDir = join(home, 'data');
if (user) execFileSync('chown', [user, home]);

const port = await new Promise((resolve) => {
  const probe = createServer().listen(0, '127.0.0.1', () => {
    const { port } = probe.address();
    probe.close(() => resolve(port));
  });
});
const base = `http://localhost:${port}/`;

// Nothing of the caller's environment but what finds programs: the defaults must do.
const env = { PATH: process.env.PATH, HOME: home, PORT: String(port), CAREKEY_DATA_DIR: dataDir };
if (process.env.NODE_ENV) env.NODE_ENV = process.env.NODE_ENV;
const asUser = user
  ? [
      'runuser',
      '-u',
      user,
      '--',
      'env',
      '-i',
      ...Object.entries(env).map(([name, value]) => `${name}=${value}`),
    ]
  : [];
const [program, ...parameters] = [...asUser, command, ...args];

const version = [...asUser, 'node', '--version'];
const node = execFileSync(version[0], version.slice(1), { env, encoding: 'utf8' }).trim();

const started = performance.now();
let output = '';
const server = spawn(program, parameters, {
  cwd: folder,
  env,
  detached: true,
  stdio: ['ignore', 'pipe', 'pipe'],
});
for (const stream of [server.stdout, server.stderr]) stream.on('data', (chunk) => (output += chunk));
const ended = new Promise((resolve) => server.on('close', (code, signal) => resolve({ code, signal })));

try {
  await ready();
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  assert.equal((await get('healthcheck')).ok, true);
  const discovery = await get('.well-known/openid-configuration');
  assert.equal(discovery.issuer, base);
  const token = await clientCredentials(discovery.token_endpoint);
  assert.match(token.access_token, /^[\w-]+\.[\w-]+\.[\w-]+$/);
  assert.match(output, new RegExp(base.slice(0, -1)), 'the start says where to look');
  await stop();
  console.log(
    `Node ${node.slice(1)}: ready after ${seconds} s, token for ${token.expires_in} s, stopped cleanly`,
  );
} catch (error) {
  console.error(output.slice(-4000));
  console.error(error);
  process.exitCode = 1;
} finally {
  if (server.exitCode === null && server.signalCode === null) signalGroup('SIGKILL');
  await ended;
  rmSync(home, { recursive: true, force: true });
}

async function ready() {
  for (const until = performance.now() + 90_000; performance.now() < until; ) {
    if (server.exitCode !== null) throw new Error(`The server ended with code ${server.exitCode}`);
    const answer = await fetch(`${base}readyz`).catch(() => undefined);
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('Not ready within 90 s');
}

async function get(path) {
  const answer = await fetch(base + path);
  assert.equal(answer.status, 200, `GET /${path}`);
  return answer.json();
}

/** The grant of the README, with what the first start left in the data directory. */
async function clientCredentials(endpoint) {
  const text = readFileSync(join(dataDir, 'first-steps.env'), 'utf8');
  const values = Object.fromEntries(
    [...text.matchAll(/^(?:export )?(\w+)=['"]?([^'"\n]*)['"]?$/gm)].map(([, name, value]) => [name, value]),
  );
  const answer = await fetch(endpoint, {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(`${values.CLIENT_ID}:${values.CLIENT_SECRET}`).toString('base64')}`,
    },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  });
  assert.equal(answer.status, 200, await answer.clone().text());
  return answer.json();
}

/** As Ctrl-C in a terminal: every process of the group gets the signal; the embedded PostgreSQL is in another one. */
async function stop() {
  signalGroup('SIGINT');
  const late = new Promise((resolve) => setTimeout(resolve, 20_000, 'late').unref());
  assert.notEqual(await Promise.race([ended, late]), 'late', 'it stops within 20 s');
  if (command === 'node') assert.deepEqual(await ended, { code: 0, signal: null });
  const left = readdirSync(dataDir, { recursive: true }).filter((path) => path.endsWith('postmaster.pid'));
  assert.deepEqual(left, [], 'PostgreSQL is stopped too');
  assert.ok(existsSync(dataDir));
}

function signalGroup(signal) {
  try {
    process.kill(-server.pid, signal);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}
