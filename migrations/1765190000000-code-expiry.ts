import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Codes go with their login: nothing looks for them by expiry, and each new one paid for the index. */
export class CodeExpiry1765190000000 implements MigrationInterface {
  readonly name = 'CodeExpiry1765190000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX ix_authorization_code_expiry');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE INDEX ix_authorization_code_expiry ON authorization_code (expires_at)');
  }
}
