import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What an app asked for beside what it got, claims that it named one by one, and changes of mind at sign-in. */
export class Openid1764130000000 implements MigrationInterface {
  readonly name = 'Openid1764130000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE login ADD COLUMN requested_scope text NOT NULL DEFAULT ''`);
    await runner.query(`ALTER TABLE login ADD COLUMN claims jsonb`);
    await runner.query(`ALTER TABLE authorization_request ADD COLUMN left_session_id uuid`);
    // Logins from before: what they have is the most that is known of what they asked for.
    await runner.query(`UPDATE login SET requested_scope = scope`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE authorization_request DROP COLUMN left_session_id');
    await runner.query('ALTER TABLE login DROP COLUMN claims');
    await runner.query('ALTER TABLE login DROP COLUMN requested_scope');
  }
}
