import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Which clients may act on behalf of members. */
export class OnBehalfOf1765200000000 implements MigrationInterface {
  readonly name = 'OnBehalfOf1765200000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      'ALTER TABLE client_application ADD COLUMN may_act_for_members boolean NOT NULL DEFAULT false',
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE client_application DROP COLUMN may_act_for_members');
  }
}
