import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Mail: one row per mail to one address. */
export class Email1765230000000 implements MigrationInterface {
  readonly name = 'Email1765230000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE email_delivery (
        id uuid NOT NULL,
        project_id uuid,
        user_id uuid,
        user_scope text NOT NULL,
        kind text NOT NULL,
        recipient text NOT NULL,
        state text NOT NULL,
        words text,
        sealed text,
        created_at timestamptz NOT NULL,
        settled_at timestamptz,
        expires_at timestamptz,
        CONSTRAINT pk_email_delivery PRIMARY KEY (id),
        CONSTRAINT ck_email_delivery_user_scope CHECK (user_scope IN ('server', 'project')),
        CONSTRAINT ck_email_delivery_state CHECK
          (state IN ('queued', 'kept', 'handed-over', 'refused', 'failed', 'expired', 'revoked', 'bounced'))
      )`);
    await runner.query(`CREATE INDEX ix_email_delivery_project ON email_delivery (project_id, id)`);
    await runner.query(`CREATE INDEX ix_email_delivery_created ON email_delivery (created_at)`);
    await runner.query(
      `CREATE INDEX ix_email_delivery_expiry ON email_delivery (expires_at) WHERE sealed IS NOT NULL`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE email_delivery');
  }
}
