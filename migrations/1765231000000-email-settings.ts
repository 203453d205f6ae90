import type { MigrationInterface, QueryRunner } from 'typeorm';

/** How a project's mail looks, what it says and by which mail server it leaves. */
export class EmailSettings1765231000000 implements MigrationInterface {
  readonly name = 'EmailSettings1765231000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE email_settings (
        project_id uuid NOT NULL,
        sender_name text,
        locale text,
        colour text,
        mail_server jsonb,
        sealed_password text,
        updated_at timestamptz NOT NULL,
        version integer NOT NULL DEFAULT 1,
        CONSTRAINT pk_email_settings PRIMARY KEY (project_id)
      )`);
    await runner.query(`
      CREATE TABLE email_template (
        project_id uuid NOT NULL,
        kind text NOT NULL,
        language text NOT NULL,
        subject text NOT NULL,
        heading text NOT NULL,
        body text NOT NULL,
        button text,
        updated_at timestamptz NOT NULL,
        CONSTRAINT pk_email_template PRIMARY KEY (project_id, kind, language)
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE email_template');
    await runner.query('DROP TABLE email_settings');
  }
}
