import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { connectionOf } from './fill.mjs';
import { clusterOf } from './proc.mjs';

/** What makes PostgreSQL write down how it answers, until `RESET`. */
const settings = {
  logging_collector: 'on',
  log_directory: 'bench_log',
  session_preload_libraries: 'auto_explain',
  'auto_explain.log_min_duration': '0',
  'auto_explain.log_analyze': 'on',
  'auto_explain.log_timing': 'off',
};

/**
 * Sends one request of each job to a server started anew, and answers the plans that PostgreSQL chose for what they asked of
 * patients, as text.
 */
export async function plansOf({ server, jobs }) {
  await alter(server, (name, value) => `ALTER SYSTEM SET ${name} = '${value}'`);
  await server.stop();
  await server.start();
  const directory = join(clusterOf(server.dataDir), settings.log_directory);
  const parts = [];
  for (const { work, under, requests } of jobs.filter(({ under }) => under === 'policy of 20 entries')) {
    const from = lengthOf(directory);
    const [{ method, path, headers, body }] = requests;
    const response = await fetch(server.origin + path, { method, headers, body });
    await response.text();
    parts.push(`-- ${work}, ${under}`, ...plansIn(readAll(directory).slice(from)), '');
  }
  return parts.join('\n');
}

async function alter(server, statement) {
  const client = new pg.Client(connectionOf(server));
  await client.connect();
  try {
    for (const [name, value] of Object.entries(settings)) await client.query(statement(name, value));
  } finally {
    await client.end();
  }
}

const readAll = (directory) =>
  readdirSync(directory)
    .sort()
    .map((name) => readFileSync(join(directory, name), 'utf8'))
    .join('');
const lengthOf = (directory) => readAll(directory).length;

/** The nodes of each plan that touches patients, without what the statement says. */
function plansIn(log) {
  return log
    .split(/^(?=\S)/m)
    .filter((entry) => entry.includes(' plan:') && entry.includes('directory_'))
    .map((entry) =>
      entry
        .split('\n')
        .filter(
          (line) => /->|\bScan\b|Insert on|Limit|Sort|Rows Removed/.test(line) && /rows=|Removed/.test(line),
        )
        .map((line) => line.replace(/\s*\(cost=\S+ rows=\d+ width=\d+\)/, '').trimEnd())
        .join('\n'),
    )
    .filter((plan, index, all) => plan && all.indexOf(plan) === index);
}
