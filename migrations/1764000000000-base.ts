import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What the kernel keeps: the proof that a node has the right sealing keys. */
export class Base1764000000000 implements MigrationInterface {
  readonly name = 'Base1764000000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE sealing_check (
        key_id text NOT NULL,
        check_value bytea NOT NULL,
        created_at timestamptz NOT NULL,
        CONSTRAINT pk_sealing_check PRIMARY KEY (key_id)
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE sealing_check');
  }
}
