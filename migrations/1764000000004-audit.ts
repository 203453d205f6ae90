import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The insert-only record, and the counters into which floods of refusals are folded. */
export class Audit1764000000004 implements MigrationInterface {
  readonly name = 'Audit1764000000004';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE audit_record (
        id uuid NOT NULL,
        recorded_at timestamptz NOT NULL,
        project_id uuid,
        type text NOT NULL,
        outcome text NOT NULL,
        actor_kind text NOT NULL,
        user_id uuid,
        client_id uuid,
        membership_id uuid,
        login_id uuid,
        target text,
        remote_address text NOT NULL,
        request_id text NOT NULL,
        occurrences integer NOT NULL DEFAULT 1,
        detail jsonb,
        CONSTRAINT pk_audit_record PRIMARY KEY (id),
        CONSTRAINT ck_audit_record_outcome CHECK (outcome IN ('success', 'refused'))
      )`);
    await runner.query(`CREATE INDEX ix_audit_record_project ON audit_record (project_id, id)`);
    await runner.query(`
      CREATE TABLE audit_fold (
        minute timestamptz NOT NULL,
        remote_address text NOT NULL,
        client_id text NOT NULL,
        type text NOT NULL,
        project_id uuid,
        occurrences integer NOT NULL,
        CONSTRAINT pk_audit_fold PRIMARY KEY (minute, remote_address, client_id, type)
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE audit_fold');
    await runner.query('DROP TABLE audit_record');
  }
}
