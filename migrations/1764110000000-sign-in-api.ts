import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Sign-in on a form of the app: what a client may, and what an unfinished login was asked for. */
export class SignInApi1764110000000 implements MigrationInterface {
  readonly name = 'SignInApi1764110000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE client_application
        ADD COLUMN direct_sign_in text NOT NULL DEFAULT 'project-users',
        ADD COLUMN welcome_string text,
        ADD COLUMN logo_url text,
        ADD CONSTRAINT ck_client_application_direct_sign_in
          CHECK (direct_sign_in IN ('none', 'project-users', 'everyone'))`);
    await runner.query(`ALTER TABLE login_handle ADD COLUMN parameters jsonb NOT NULL DEFAULT '{}'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE login_handle DROP COLUMN parameters');
    await runner.query(`
      ALTER TABLE client_application
        DROP CONSTRAINT ck_client_application_direct_sign_in,
        DROP COLUMN logo_url,
        DROP COLUMN welcome_string,
        DROP COLUMN direct_sign_in`);
  }
}
