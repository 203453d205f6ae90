import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The one-time link that makes the first super admin. */
export class Account1764000000005 implements MigrationInterface {
  readonly name = 'Account1764000000005';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE setup_link (
        hash bytea NOT NULL,
        project_ids uuid[] NOT NULL,
        created_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL,
        used_at timestamptz,
        CONSTRAINT pk_setup_link PRIMARY KEY (hash)
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE setup_link');
  }
}
