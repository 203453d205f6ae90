import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { migrations } from '../../migrations/all.js';
import { migrate, refuseNewer } from '../../src/kernel/migrate.js';
import { isWallUp, raiseWall } from '../../src/kernel/role-wall.js';
import { freshDatabase, type TestDatabase } from '../helpers/database.js';

describe('the wall between the two roles (rulings 43)', () => {
  let database: TestDatabase;
  let owner: pg.Client;
  let app: pg.Client;
  beforeAll(async () => {
    database = await freshDatabase();
    owner = new pg.Client(database.ownerConnection);
    app = new pg.Client(database.connection);
    await Promise.all([owner.connect(), app.connect()]);
  });
  afterAll(async () => {
    await Promise.all([owner.end(), app.end()]);
    await database.drop();
  });

  const denied = { code: '42501' };

  it.each([
    'UPDATE audit_record SET outcome = outcome',
    'DELETE FROM audit_record',
    'TRUNCATE audit_record',
    'DROP TABLE audit_record',
    'ALTER TABLE audit_record ADD COLUMN more text',
    'CREATE TRIGGER t BEFORE INSERT ON audit_record EXECUTE FUNCTION suppress_redundant_updates_trigger()',
    'CREATE RULE r AS ON INSERT TO audit_record DO INSTEAD NOTHING',
    'DELETE FROM migrations',
    `INSERT INTO migrations (timestamp, name) VALUES (1, 'x')`,
    'GRANT UPDATE ON audit_record TO carekey_app',
    'SET ROLE carekey_owner',
    'SET session_replication_role = replica',
  ])('the role of the server may not: %s', async (statement) => {
    // A GRANT by somebody without the right to it is a warning at most; what counts is that nothing was given.
    await app.query(statement).then(
      () => expect(statement).toMatch(/^GRANT/),
      (error: unknown) => expect(error).toMatchObject(denied),
    );
    expect(await isWallUp(app)).toBe(true);
  });

  it('lets it read and add to the record, and change everything else', async () => {
    const { rows } = await app.query<{ name: string; may: boolean }>(
      `SELECT tablename AS name,
              has_table_privilege(tablename, 'SELECT') AND has_table_privilege(tablename, 'INSERT')
                AND has_table_privilege(tablename, 'UPDATE') AND has_table_privilege(tablename, 'DELETE') AS may
       FROM pg_tables WHERE schemaname = 'public'`,
    );
    expect(
      rows
        .filter(({ may }) => !may)
        .map(({ name }) => name)
        .sort(),
    ).toEqual(['audit_record', 'migrations']);
    await app.query('SELECT FROM audit_record');
  });

  it('covers partitions, which are reached through their parent only', async () => {
    await owner.query(`CREATE TABLE audit_seal (id int) PARTITION BY RANGE (id);
      CREATE TABLE audit_seal_1 PARTITION OF audit_seal FOR VALUES FROM (0) TO (10);
      GRANT ALL ON audit_seal, audit_seal_1 TO carekey_app`);
    expect(await isWallUp(app)).toBe(false);
    await raiseWall(owner, 'carekey_app');
    expect(await isWallUp(app)).toBe(true);
    await app.query('INSERT INTO audit_seal VALUES (1)');
    for (const statement of [
      'INSERT INTO audit_seal_1 VALUES (2)',
      'DELETE FROM audit_seal_1',
      'DELETE FROM audit_seal',
    ])
      await expect(app.query(statement)).rejects.toMatchObject(denied);
    await owner.query('DROP TABLE audit_seal');
  });

  it('is put up again by the next start when somebody took it down', async () => {
    await owner.query('GRANT DELETE ON audit_record TO carekey_app');
    expect(await isWallUp(app)).toBe(false);
    await migrate(database.ownerConnection, 'carekey_app', migrations);
    expect(await isWallUp(app)).toBe(true);
    await expect(app.query('DELETE FROM audit_record')).rejects.toMatchObject(denied);
  });

  it('is missing for the owner', async () => {
    expect(await isWallUp(owner)).toBe(false);
  });
});

describe('migrations', () => {
  it('run once, however many nodes start at the same time', async () => {
    const database = await freshDatabase();
    const owner = new pg.Client(database.ownerConnection);
    await owner.connect();
    await owner.query('DROP SCHEMA public CASCADE; DROP SCHEMA bullmq CASCADE; CREATE SCHEMA public');
    await Promise.all([1, 2, 3].map(() => migrate(database.ownerConnection, 'carekey_app', migrations)));
    const { rows } = await owner.query('SELECT name FROM migrations ORDER BY id');
    expect(rows.map(({ name }) => name)).toEqual(migrations.map(({ name }) => name));
    await owner.end();
    await database.drop();
  });

  it('refuse what a newer version made', () => {
    expect(() => refuseNewer(['Base1764000000000', 'Later9999999999999'], migrations)).toThrow(
      /newer version of Carekey \(it has Later9999999999999, which/,
    );
  });
});
