import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import { Db } from '../../src/kernel/db.js';
import { batchInsert, statement } from '../../src/kernel/statement.js';
import type { Tx } from '../../src/kernel/tx.js';
import { freshDatabase, type TestDatabase } from '../helpers/database.js';
import { type KernelNode, startNode } from './node.js';
import { DatabaseProxy } from './proxy.js';
import { until } from './wait.js';

@Entity('test_note')
class Note {
  @PrimaryColumn('integer')
  id: number;

  @Column('text')
  text: string;
}

const add = statement('test_note.add', 'INSERT INTO test_note (id, text) VALUES ($1, $2)');
const change = statement('test_note.change', 'UPDATE test_note SET text = $2 WHERE id = $1');
const count = statement('test_note.count', 'SELECT count(*) FROM test_note');
const serializationFailure = statement('test_note.fail', `SELECT test_fail('40001')`);
const notes = batchInsert<Note>('test_note', ['id', 'text'], ({ id, text }) => [id, text]);

describe('Db', () => {
  let database: TestDatabase;
  let proxy: DatabaseProxy;
  let node: KernelNode;
  let db: Db;
  let outside: pg.Client;

  beforeAll(async () => {
    database = await freshDatabase();
    const owner = new pg.Client(database.ownerConnection);
    await owner.connect();
    await owner.query(`CREATE TABLE test_note (id integer PRIMARY KEY, text text NOT NULL);
      GRANT ALL ON test_note TO PUBLIC;
      CREATE FUNCTION test_fail(state text) RETURNS void LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'made to fail' USING ERRCODE = state; END $$`);
    await owner.end();
    proxy = await DatabaseProxy.open(database.connection);
    node = await startNode({ connection: proxy.connection, entities: [Note], jobs: { runsQueue: false } });
    db = node.get(Db);
    outside = new pg.Client(database.connection);
    await outside.connect();
  });

  afterEach(async () => {
    proxy.onCommit = 'pass';
    proxy.refuses = false;
    db.faults = {};
    await outside.query('DELETE FROM test_note');
  });

  afterAll(async () => {
    await outside.end();
    await node.close();
    await proxy.close();
    await database.drop();
  });

  const kept = async () =>
    (await outside.query<Note>('SELECT id, text FROM test_note ORDER BY id')).rows.map((row) => row.text);

  it('commits statements, TypeORM writes and gathered rows together', async () => {
    await db.tx(async (tx) => {
      await tx.sql(add, [1, 'statement']);
      await tx.manager.save(Note, { id: 2, text: 'entity' });
      tx.batch(notes, { id: 3, text: 'batch' });
      expect(await kept()).toEqual([]);
    });
    expect(await kept()).toEqual(['statement', 'entity', 'batch']);
  });

  it('rolls everything back when the body throws, and runs no hook', async () => {
    const failure = new Error('after all three');
    let told = 0;
    const body = async (tx: Tx) => {
      await tx.sql(add, [1, 'statement']);
      await tx.manager.save(Note, { id: 2, text: 'entity' });
      tx.batch(notes, { id: 3, text: 'batch' });
      tx.afterCommit(() => void told++);
      throw failure;
    };
    await expect(db.tx(body)).rejects.toBe(failure);
    expect(await kept()).toEqual([]);
    expect(told).toBe(0);
  });

  it('rolls back when a gathered row is refused at the end', async () => {
    await expect(
      db.tx(async (tx) => {
        await tx.sql(add, [1, 'first']);
        tx.batch(notes, { id: 1, text: 'same id' });
      }),
    ).rejects.toMatchObject({ code: '23505' });
    expect(await kept()).toEqual([]);
  });

  it('runs the body again after a serialization failure, and only its last hooks', async () => {
    let runs = 0;
    const told: number[] = [];
    await db.tx(async (tx) => {
      const run = ++runs;
      await tx.sql(add, [run, `run ${run}`]);
      tx.afterCommit(() => void told.push(run));
      if (run < 3) await tx.sql(serializationFailure, []);
    });
    expect(await kept()).toEqual(['run 3']);
    expect(told).toEqual([3]);
  });

  it('gives up after three runs with a conflict', async () => {
    let runs = 0;
    const failing = db.tx(async (tx) => {
      runs += 1;
      await tx.sql(serializationFailure, []);
    });
    await expect(failing).rejects.toMatchObject({ kind: 'conflict' });
    expect(runs).toBe(3);
  });

  it('survives a real deadlock', async () => {
    await db.tx(async (tx) => {
      await tx.sql(add, [1, '']);
      await tx.sql(add, [2, '']);
    });
    let waiting = 2;
    let bothHoldOne: () => void = () => {};
    const both = new Promise<void>((resolve) => {
      bothHoldOne = resolve;
    });
    const cross = (first: number, second: number) =>
      db.tx(async (tx) => {
        await tx.sql(change, [first, `${first} then ${second}`]);
        if (--waiting === 0) bothHoldOne();
        if (waiting >= 0) await both;
        await tx.sql(change, [second, `${first} then ${second}`]);
      });
    await Promise.all([cross(1, 2), cross(2, 1)]);
    const [one, two] = await kept();
    expect(one).toBe(two);
  });

  it.each([
    ['lose-answer', ['committed'], true],
    ['lose-commit', [], false],
  ] as const)('settles the fate of a COMMIT whose line breaks: %s', async (fault, left, succeeds) => {
    let told = 0;
    const writing = db.tx(async (tx) => {
      await tx.sql(add, [1, 'committed']);
      tx.afterCommit(() => void told++);
      proxy.onCommit = fault;
    });
    if (succeeds) await writing;
    else await expect(writing).rejects.toMatchObject({ kind: 'unavailable', retryAfter: 3 });
    expect(await kept()).toEqual(left);
    expect(told).toBe(succeeds ? 1 : 0);
  });

  it('waits for a database that is away, to learn the fate of a COMMIT', async () => {
    const writing = db.tx(async (tx) => {
      await tx.sql(add, [1, 'committed']);
      proxy.onCommit = 'lose-all';
      proxy.refuses = true;
    });
    await until(async () => (await kept()).length > 0);
    const away = setTimeout(() => {
      proxy.refuses = false;
    }, 500);
    const from = performance.now();
    await writing;
    clearTimeout(away);
    expect(performance.now() - from).toBeGreaterThan(400);
    expect(await kept()).toEqual(['committed']);
  });

  it('ends a backend that still waits for a COMMIT that never came', async () => {
    const writing = db.tx(async (tx) => {
      await tx.sql(add, [1, 'never']);
      proxy.onCommit = 'swallow';
    });
    await expect(writing).rejects.toMatchObject({ kind: 'unavailable' });
    expect(await kept()).toEqual([]);
  });

  it('leaves nothing behind when a commit fails before it is sent', async () => {
    db.faults = {
      beforeCommit: () => {
        throw new Error('fault');
      },
    };
    await expect(db.tx((tx) => tx.sql(add, [1, 'no']))).rejects.toThrow('fault');
    expect(await kept()).toEqual([]);
  });

  it('answers unavailable when the database cannot be reached, and goes on once it can', async () => {
    proxy.refuses = true;
    proxy.cut();
    for (const attempt of [
      () => db.tx((tx) => tx.sql(add, [1, 'x'])),
      () => db.read((tx) => tx.sql(add, [1, 'x'])),
    ]) {
      await expect(attempt()).rejects.toMatchObject({ kind: 'unavailable', retryAfter: 3 });
    }
    proxy.refuses = false;
    await db.tx((tx) => tx.sql(add, [1, 'back']));
    expect(await kept()).toEqual(['back']);
  });

  it('gathers the writes of concurrent work; one failure fails all of its transaction', async () => {
    await Promise.all(
      Array.from({ length: 20 }, (_, id) => db.gather((sink) => sink.batch(notes, { id, text: `n${id}` }))),
    );
    expect(await kept()).toHaveLength(20);
    const results = await Promise.allSettled(
      [100, 101, 5, 102].map((id) => db.gather((sink) => sink.batch(notes, { id, text: 'late' }))),
    );
    expect(results.map(({ status }) => status)).toEqual(Array(4).fill('rejected'));
    expect(await kept()).toHaveLength(20);
    await db.gather((sink) => sink.batch(notes, { id: 100, text: 'alone' }));
    expect(await kept()).toHaveLength(21);
  });

  it('outlives lines that break in the middle of a transaction and of a read', async () => {
    const cut = async (tx: Tx) => {
      await tx.sql(count, []);
      proxy.cut();
      await tx.sql(count, []);
    };
    await expect(db.tx(cut)).rejects.toMatchObject({ kind: 'unavailable' });
    await expect(db.read(cut)).rejects.toMatchObject({ kind: 'unavailable' });
    await db.tx((tx) => tx.sql(count, []));
    await db.read((tx) => tx.sql(count, []));
  });

  it('lends reads a connection that refuses writes', async () => {
    await expect(db.read(async (tx) => tx.batch(notes, { id: 1, text: '' }))).rejects.toThrow(
      'for reads only',
    );
  });
});
