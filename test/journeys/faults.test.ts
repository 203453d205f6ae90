import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { type CommitFaults, Db } from '../../src/kernel/db.js';
import { requestLogContext } from '../../src/kernel/log.js';
import { routesOf } from '../architecture/routes.js';
import { sourcesBelow } from '../architecture/sources.js';
import { type AdminWorld, startAdminWorld } from '../helpers/admin-world.js';
import { until } from '../kernel/wait.js';
import { type Door, doors, readers } from './fault-doors.js';

let world: AdminWorld;
let db: Db;
let reader: pg.Client;
beforeAll(async () => {
  world = await startAdminWorld();
  db = world.app.get(Db);
  reader = new pg.Client(world.app.database.ownerConnection);
  await reader.connect();
});
afterAll(async () => {
  await reader.end();
  await world.close();
});

const most = 10;

const workUnderWay = `SELECT 1 FROM outbox WHERE (topic LIKE '%.ended' OR topic LIKE 'email.%' OR topic LIKE 'password.%')
  AND closed_at IS NULL AND dead_at IS NULL`;

/** Only these columns: the rest is written behind a request, or says what its row is found by. */
const compared: Readonly<Record<string, string>> = {
  outbox: 'row.id',
  directory_resource: '(row.id, row.version_id, row.content)',
};

/**
 * Throws at the `nth` commit that a request asks for while `act` runs. Commits of background work pass: they belong to
 * no request.
 */
async function withFault<Result>(
  point: keyof CommitFaults,
  nth: number,
  act: () => Promise<Result>,
): Promise<{ answer: Result; fired: boolean }> {
  let seen = 0;
  db.faults = {
    [point]: () => {
      if (requestLogContext.getStore() === undefined) return;
      seen += 1;
      if (seen === nth) throw new Error('injected');
    },
  };
  try {
    return { answer: await act(), fired: seen >= nth };
  } finally {
    db.faults = {};
  }
}

/**
 * What the database holds, table by table. Left out is what a failed request may leave (a throttle count) and what
 * background work writes: its schedule, and how far it is with the outbox. What an earlier request left to be ended or
 * mailed has to be so before anything is compared.
 */
async function contents(): Promise<Record<string, string>> {
  await until(async () => (await reader.query(workUnderWay)).rowCount === 0);
  const { rows: tables } = await reader.query<{ name: string }>(
    `SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
     AND relname <> ALL ($1) ORDER BY 1`,
    [['rate_budget', 'job_schedule']],
  );
  const found: Record<string, string> = {};
  for (const { name } of tables) {
    const what = compared[name] ?? 'row';
    const { rows } = await reader.query<{ hash: string }>(
      `SELECT count(*) || ' ' || coalesce(md5(string_agg(md5(${what}::text), '' ORDER BY md5(${what}::text))), '') AS hash
       FROM "${name}" row`,
    );
    found[name] = rows[0]!.hash;
  }
  return found;
}

const changingRoutes = routesOf(sourcesBelow('src'))
  .filter(({ method }) => method !== 'get')
  .map(({ method, path }) => `${method} ${path}`);

const everyDoor = Object.entries(doors).flatMap(([route, ways]) =>
  Object.entries(ways).map(([way, door]): [string, Door] => [`${route}: ${way}`, door]),
);

describe('F20 a 5xx leaves nothing behind', () => {
  it('every route that takes more than GET is in the table, and nothing else', () => {
    expect([...Object.keys(doors), ...Object.keys(readers)].sort()).toEqual(
      [...new Set(changingRoutes)].sort(),
    );
  });

  it.each(everyDoor)(
    '%s: each commit fails once, nothing is left, the same request then succeeds',
    async (_name, door) => {
      const act = await door(world);
      let answered = 0;
      for (let nth = 1; nth <= most; nth++) {
        const before = await contents();
        const { answer, fired } = await withFault('beforeCommit', nth, act);
        expect(answer.text).not.toContain('injected');
        if (!fired) {
          expect([200, 201, 303]).toContain(answer.status);
          expect(await contents()).not.toEqual(before);
          answered = nth;
          break;
        }
        expect(answer.status).toBeGreaterThanOrEqual(500);
        expect(answer.text).not.toContain('carekey-session');
        expect(await contents()).toEqual(before);
      }
      expect(answered).toBeGreaterThan(1);
    },
  );

  it.each(everyDoor)(
    '%s: the answer of each commit is lost once, and the request succeeds',
    async (_name, door) => {
      for (let nth = 1; nth <= most; nth++) {
        const act = await door(world);
        const { answer, fired } = await withFault('afterCommit', nth, act);
        expect([200, 201, 303]).toContain(answer.status);
        if (!fired) return;
      }
      throw new Error('No end of commits');
    },
  );

  it.each(Object.entries(readers))('%s commits nothing', async (_name, door) => {
    const act = await door(world);
    const { answer, fired } = await withFault('beforeCommit', 1, act);
    expect([200, 201, 303]).toContain(answer.status);
    expect(fired).toBe(false);
  });

  it('a refusal that cannot be recorded is no success', async () => {
    const wrong = { ...world.project.server, secret: 'wrong' };
    for (let nth = 1; nth <= most; nth++) {
      const { answer, fired } = await withFault('beforeCommit', nth, () =>
        world.agent.clientCredentials(wrong),
      );
      if (!fired) return expect([nth > 1, answer.status]).toEqual([true, 401]);
      expect(answer.status).toBe(500);
    }
  });
});
