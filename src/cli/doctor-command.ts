import type { Config } from '../kernel/config.js';
import { type ReachedDatabase, reach } from '../kernel/database-server.js';
import { type Check, type Finding, fail, ok } from './check.types.js';
import type { Answer, Call, Command } from './command.types.js';
import { databaseChecks } from './database-checks.js';
import { columns } from './help.js';
import { redisCheck } from './redis-check.js';
import { serviceChecks } from './service-checks.js';
import { refuseStrangePlace, withServices } from './with-services.js';

type Result = Finding & { readonly name: string };

/** `carekey doctor`. It changes nothing as long as the database is current. */
export const doctor: Command = {
  name: 'doctor',
  summary: 'Check configuration, database, keys and what else the server stands on',
  arguments: [],
  options: {},
  run: async (call) => answer(await examine(call)),
};

async function examine(call: Call): Promise<Result[]> {
  let config: Config | undefined;
  const configuration: Check = {
    name: 'configuration',
    run: async () => {
      config = call.house.config();
      refuseStrangePlace(config);
      return ok(`The issuer is ${config.baseUrl}.`);
    },
  };
  const results = await runAll([configuration]);
  if (!config || hasFailed(results)) return results;
  results.push(...(await runAll([redisCheck(config)])));
  try {
    const database = await reach(config, { purpose: 'command' });
    try {
      results.push(...(await examineDatabase(call, config, database)));
    } finally {
      await database.close();
    }
  } catch (error) {
    results.push({ name: 'database', ...fail((error as Error).message) });
  }
  return results;
}

async function examineDatabase(
  { house }: Call,
  config: Config,
  database: ReachedDatabase,
): Promise<Result[]> {
  const results = await runAll(databaseChecks(config, database, house));
  // The services need the schema of this version and the right keys, and building them must change nothing.
  const sound = (needed: string) => results.some(({ name, state }) => name === needed && state === 'ok');
  if (!sound('migrations') || !sound('sealing keys')) return results;
  const more = await withServices(house, (services) => runAll(serviceChecks(services)));
  return [...results, ...more];
}

async function runAll(checks: readonly Check[]): Promise<Result[]> {
  const results: Result[] = [];
  for (const { name, run } of checks) {
    const finding = await run().catch((error: unknown) => fail((error as Error).message));
    results.push({ name, ...finding });
  }
  return results;
}

function hasFailed(results: readonly Result[]): boolean {
  return results.some(({ state }) => state === 'fail');
}

const words = { ok: 'ok', warn: 'note', fail: 'FAIL' } as const;

function answer(results: readonly Result[]): Answer {
  const failed = results.filter(({ state }) => state === 'fail').length;
  const notes = results.filter(({ state }) => state === 'warn').length;
  const lines = columns(results.map(({ name, state, sentence }) => [words[state], name, sentence]));
  const end = failed > 0 ? `${failed} failed.` : notes > 0 ? `Sound, with ${notes} to note.` : 'Sound.';
  return {
    text: [...lines, '', end].join('\n'),
    json: { ok: failed === 0, checks: results },
    failed: failed > 0,
  };
}
