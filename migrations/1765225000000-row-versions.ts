import type { MigrationInterface, QueryRunner } from 'typeorm';

const tables = ['access_policy', 'client_application', 'project', 'project_membership', 'user_account'];

/** What rows of these tables were before they were changed, and who wrote them (docs/decisions/206-versions-of-rows.md). */
export class RowVersions1765225000000 implements MigrationInterface {
  readonly name = 'RowVersions1765225000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE TABLE row_version (
      row_id uuid NOT NULL,
      table_name text NOT NULL,
      version integer NOT NULL,
      project_id uuid NOT NULL,
      content jsonb NOT NULL,
      deleted boolean NOT NULL DEFAULT false,
      updated_at timestamptz NOT NULL,
      replaced_at timestamptz NOT NULL,
      CONSTRAINT pk_row_version PRIMARY KEY (row_id, table_name, version)
    )`);
    await runner.query('CREATE INDEX ix_row_version_replaced ON row_version (replaced_at)');
    for (const table of tables) await runner.query(`ALTER TABLE ${table} ADD COLUMN author text`);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of tables) await runner.query(`ALTER TABLE ${table} DROP COLUMN author`);
    await runner.query('DROP TABLE row_version');
  }
}
