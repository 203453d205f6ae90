import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What a project and each of its members may use up in a minute, where the configuration is not to say. */
export class ProjectLimits1765220000000 implements MigrationInterface {
  readonly name = 'ProjectLimits1765220000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE project ADD COLUMN limits jsonb NOT NULL DEFAULT '{}'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE project DROP COLUMN limits');
  }
}
