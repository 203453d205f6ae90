import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import { migrations } from '../../migrations/all.js';
import { migrate } from '../../src/kernel/migrate.js';
import type { DatabaseConnection } from '../../src/kernel/notices.js';
import { Purges } from '../../src/kernel/purges.js';
import { startApp, type TestApp } from '../helpers/app.js';
import { freshDatabase } from '../helpers/database.js';

/** Tables that no entity maps, each with its reason. */
const withoutEntity: Readonly<Record<string, string>> = {
  migrations: 'written by TypeORM itself: which migrations ran',
};

/** Tables whose rows expire and are not purged by themselves, each with its reason. */
const neverPurged: Readonly<Record<string, string>> = {
  authorization_code: 'deleted with its login',
  client_secret: 'two at most: the next rotation takes the expired one away',
  setup_link: 'a handful at most: a new one drops those that were not used',
};

const changes = async (source: DataSource): Promise<string[]> => {
  const { upQueries } = await source.driver.createSchemaBuilder().log();
  return upQueries.map(({ query }) => query);
};

/** Tables, columns, indexes and constraints of a database, one line each. */
const schemaOf = async (source: DataSource): Promise<string[]> => {
  const rows: { line: string }[] = await source.query(`
    SELECT 'column ' || table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable
             || ' ' || coalesce(column_default, '') AS line
      FROM information_schema.columns WHERE table_schema = 'public'
    UNION ALL
    SELECT 'index ' || indexdef FROM pg_indexes WHERE schemaname = 'public'
    UNION ALL
    SELECT 'constraint ' || conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid)
      FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    ORDER BY 1`);
  return rows.map(({ line }) => line);
};

describe('migrations and entities', () => {
  let app: TestApp;
  let source: DataSource;

  beforeAll(async () => {
    app = await startApp();
    source = app.get(DataSource);
  });
  afterAll(() => app.close());

  it('say the same: TypeORM would change nothing', async () => {
    expect(source.entityMetadatas.length).toBeGreaterThan(10);
    expect(await changes(source)).toEqual([]);
  });

  it('cover every table', async () => {
    const mapped = new Set(source.entityMetadatas.map(({ tableName }) => tableName));
    const rows: { name: string }[] = await source.query(
      `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY 1`,
    );
    const unmapped = rows.map(({ name }) => name).filter((name) => !mapped.has(name));
    expect(unmapped).toEqual(Object.keys(withoutEntity));
  });

  it('give every row that ends somebody who deletes it', async () => {
    const rows: { name: string }[] = await source.query(
      `SELECT DISTINCT table_name AS name FROM information_schema.columns
        WHERE table_schema = 'public' AND column_name LIKE '%expires_at' ORDER BY 1`,
    );
    const purged = new Set(
      app
        .get(Purges)
        .lives()
        .map(({ table }) => table),
    );
    expect(rows.length).toBeGreaterThan(3);
    expect(rows.map(({ name }) => name).filter((name) => !purged.has(name))).toEqual(
      Object.keys(neverPurged),
    );
  });

  it('planted: a column, an index or a table that only one side has is found', async () => {
    const owner = await connect(app.database.ownerConnection);
    try {
      await owner.query('ALTER TABLE project ADD COLUMN planted text');
      await owner.query('CREATE INDEX ix_planted ON project (name)');
      expect(await changes(source)).toHaveLength(2);
    } finally {
      await owner.query('ALTER TABLE project DROP COLUMN planted');
      await owner.query('DROP INDEX ix_planted');
      await owner.destroy();
    }
    expect(await changes(source)).toEqual([]);
  });
});

async function connect(connection: DatabaseConnection): Promise<DataSource> {
  const { connectionString, host, port, user, database } = connection;
  const source = new DataSource({
    type: 'postgres',
    ...(connectionString ? { url: connectionString } : { host, port, username: user, database }),
    migrations: [...migrations],
  } as never);
  return source.initialize();
}

describe('migrations', () => {
  it('the last one goes back and forth; all of them go back to nothing and up again', async () => {
    const database = await freshDatabase();
    const owner = await connect(database.ownerConnection);
    try {
      const before = await schemaOf(owner);
      await owner.undoLastMigration();
      expect(await schemaOf(owner)).not.toEqual(before);
      await owner.runMigrations();
      expect(await schemaOf(owner)).toEqual(before);

      for (const _ of migrations) await owner.undoLastMigration();
      const left = (await schemaOf(owner)).filter(
        (line) => !/\bmigrations\b|PK_8c82d7f526340ab734260ea46be/.test(line),
      );
      expect(left).toEqual([]);
      await owner.runMigrations();
      expect(await schemaOf(owner)).toEqual(before);
    } finally {
      await owner.destroy();
      await database.drop();
    }
  });

  it('running again changes nothing, and a database newer than the code is refused in one sentence', async () => {
    const database = await freshDatabase();
    const owner = await connect(database.ownerConnection);
    try {
      const before = await schemaOf(owner);
      await migrate(database.ownerConnection, 'carekey_app', migrations);
      expect(await schemaOf(owner)).toEqual(before);
      const older = migrations.slice(0, -1);
      await expect(migrate(database.ownerConnection, 'carekey_app', older)).rejects.toThrow(
        /was migrated by a newer version of Carekey \(it has \w+, which this version does not know\)/,
      );
    } finally {
      await owner.destroy();
      await database.drop();
    }
  });
});
