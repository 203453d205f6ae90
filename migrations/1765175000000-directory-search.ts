import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What resources are found by. Those that are there are indexed afterwards (docs/decisions/175-search-index.md). */
export class DirectorySearch1765175000000 implements MigrationInterface {
  readonly name = 'DirectorySearch1765175000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE directory_resource
        ADD COLUMN terms tsvector NOT NULL DEFAULT '',
        ADD COLUMN index_version integer NOT NULL DEFAULT 0`);
    await runner.query(
      `CREATE INDEX ix_directory_resource_terms ON directory_resource USING gin (terms) WITH (fastupdate = off)`,
    );
    await runner.query(
      `CREATE INDEX ix_directory_resource_updated ON directory_resource (project_id, resource_type, last_updated, id)`,
    );
    await runner.query(
      `CREATE INDEX ix_directory_resource_stale ON directory_resource (index_version, project_id, resource_type)`,
    );
    await runner.query(`
      CREATE TABLE directory_span (
        project_id uuid NOT NULL,
        resource_type text NOT NULL,
        name text NOT NULL,
        low bigint NOT NULL,
        high bigint NOT NULL,
        resource_id uuid NOT NULL,
        CONSTRAINT pk_directory_span PRIMARY KEY (project_id, resource_type, name, low, high, resource_id),
        CONSTRAINT fk_directory_span_resource FOREIGN KEY (resource_id) REFERENCES directory_resource (id)
          ON DELETE CASCADE
      )`);
    await runner.query(
      `CREATE INDEX ix_directory_span_high ON directory_span (project_id, resource_type, name, high)`,
    );
    await runner.query(`CREATE INDEX ix_directory_span_resource ON directory_span USING hash (resource_id)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE directory_span');
    for (const name of ['stale', 'updated', 'terms'])
      await runner.query(`DROP INDEX ix_directory_resource_${name}`);
    await runner.query('ALTER TABLE directory_resource DROP COLUMN index_version, DROP COLUMN terms');
  }
}
