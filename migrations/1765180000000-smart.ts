import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What a client may ask for, and whether it reaches anything else. */
export class Smart1765180000000 implements MigrationInterface {
  readonly name = 'Smart1765180000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE client_application
        ADD COLUMN allowed_scopes text[],
        ADD COLUMN scopes_only boolean NOT NULL DEFAULT false`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE client_application DROP COLUMN allowed_scopes, DROP COLUMN scopes_only');
  }
}
