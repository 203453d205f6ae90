import type { MigrationInterface, QueryRunner } from 'typeorm';

const tables = ['access_policy', 'client_application', 'project_membership', 'user_account'];

/** What rows are found by as FHIR resources. Those that are there get it with the first search (docs/decisions/195-identity-types.md). */
export class IdentitySearch1765210000000 implements MigrationInterface {
  readonly name = 'IdentitySearch1765210000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const table of tables) {
      await runner.query(`ALTER TABLE ${table} ADD COLUMN terms tsvector`);
      await runner.query(
        `CREATE INDEX ix_${table}_terms ON ${table} USING gin (terms) WITH (fastupdate = off)`,
      );
      await runner.query(`CREATE INDEX ix_${table}_updated ON ${table} (project_id, updated_at, id)`);
      await runner.query(`CREATE INDEX ix_${table}_unindexed ON ${table} (project_id) WHERE terms IS NULL`);
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of tables) {
      for (const index of ['unindexed', 'updated', 'terms'])
        await runner.query(`DROP INDEX ix_${table}_${index}`);
      await runner.query(`ALTER TABLE ${table} DROP COLUMN terms`);
    }
  }
}
