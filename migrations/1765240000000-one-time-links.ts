import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Links by which a person proves once who they are: to set a password, or to verify an address. */
export class OneTimeLinks1765240000000 implements MigrationInterface {
  readonly name = 'OneTimeLinks1765240000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE one_time_link (
        id uuid NOT NULL,
        purpose text NOT NULL,
        user_id uuid NOT NULL,
        project_id uuid,
        secret_hash bytea NOT NULL,
        proves_address boolean NOT NULL,
        created_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL,
        used_at timestamptz,
        CONSTRAINT pk_one_time_link PRIMARY KEY (id),
        CONSTRAINT fk_one_time_link_user FOREIGN KEY (user_id) REFERENCES user_account (id) ON DELETE CASCADE,
        CONSTRAINT fk_one_time_link_project FOREIGN KEY (project_id) REFERENCES project (id)
      )`);
    await runner.query(
      'CREATE INDEX ix_one_time_link_user ON one_time_link (user_id, purpose) WHERE used_at IS NULL',
    );
    await runner.query('CREATE INDEX ix_one_time_link_expires ON one_time_link (expires_at)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE one_time_link');
  }
}
