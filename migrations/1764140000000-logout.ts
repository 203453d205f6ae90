import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Where clients are told about the end of a login, and how the logins of one client are found. */
export class Logout1764140000000 implements MigrationInterface {
  readonly name = 'Logout1764140000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE client_application
        ADD COLUMN backchannel_logout_uri text,
        ADD COLUMN backchannel_logout_session_required boolean NOT NULL DEFAULT false`);
    await runner.query(`CREATE INDEX ix_login_client ON login (client_id, id) WHERE user_id IS NOT NULL`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX ix_login_client');
    await runner.query(`
      ALTER TABLE client_application
        DROP COLUMN backchannel_logout_uri,
        DROP COLUMN backchannel_logout_session_required`);
  }
}
