import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Second factors of people, who has to have one, and sign-ins in a browser that wait for one. */
export class SecondFactors1765250000000 implements MigrationInterface {
  readonly name = 'SecondFactors1765250000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE totp_factor (
        id uuid NOT NULL,
        user_id uuid NOT NULL,
        sealed_secret text NOT NULL,
        last_step bigint NOT NULL,
        created_at timestamptz NOT NULL,
        last_used_at timestamptz NOT NULL,
        CONSTRAINT pk_totp_factor PRIMARY KEY (id),
        CONSTRAINT fk_totp_factor_user FOREIGN KEY (user_id) REFERENCES user_account (id) ON DELETE CASCADE
      )`);
    await runner.query('CREATE UNIQUE INDEX uq_totp_factor_user ON totp_factor (user_id)');
    await runner.query(`
      CREATE TABLE totp_enrolment (
        user_id uuid NOT NULL,
        bound_to bytea NOT NULL,
        sealed_secret text NOT NULL,
        expires_at timestamptz NOT NULL,
        CONSTRAINT pk_totp_enrolment PRIMARY KEY (user_id, bound_to),
        CONSTRAINT fk_totp_enrolment_user FOREIGN KEY (user_id) REFERENCES user_account (id) ON DELETE CASCADE
      )`);
    await runner.query('CREATE INDEX ix_totp_enrolment_expiry ON totp_enrolment (expires_at)');
    await runner.query(`
      CREATE TABLE recovery_code (
        id uuid NOT NULL,
        user_id uuid NOT NULL,
        hash bytea NOT NULL,
        created_at timestamptz NOT NULL,
        used_at timestamptz,
        CONSTRAINT pk_recovery_code PRIMARY KEY (id),
        CONSTRAINT fk_recovery_code_user FOREIGN KEY (user_id) REFERENCES user_account (id) ON DELETE CASCADE
      )`);
    await runner.query('CREATE INDEX ix_recovery_code_user ON recovery_code (user_id)');
    await runner.query(`
      CREATE TABLE factor_requirement (
        id uuid NOT NULL,
        user_id uuid NOT NULL,
        project_id uuid,
        created_at timestamptz NOT NULL,
        CONSTRAINT pk_factor_requirement PRIMARY KEY (id),
        CONSTRAINT fk_factor_requirement_user FOREIGN KEY (user_id) REFERENCES user_account (id) ON DELETE CASCADE,
        CONSTRAINT fk_factor_requirement_project FOREIGN KEY (project_id) REFERENCES project (id) ON DELETE CASCADE
      )`);
    await runner.query(
      'CREATE UNIQUE INDEX uq_factor_requirement_server ON factor_requirement (user_id) WHERE project_id IS NULL',
    );
    await runner.query(
      'CREATE UNIQUE INDEX uq_factor_requirement_project ON factor_requirement (user_id, project_id) WHERE project_id IS NOT NULL',
    );
    await runner.query(`
      CREATE TABLE half_sign_in (
        secret_hash bytea NOT NULL,
        browser_hash bytea NOT NULL,
        user_id uuid NOT NULL,
        amr text[] NOT NULL,
        auth_time timestamptz NOT NULL,
        expires_at timestamptz NOT NULL,
        CONSTRAINT pk_half_sign_in PRIMARY KEY (secret_hash)
      )`);
    await runner.query('CREATE INDEX ix_half_sign_in_expiry ON half_sign_in (expires_at)');
    await runner.query('CREATE INDEX ix_half_sign_in_user ON half_sign_in (user_id)');
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of [
      'half_sign_in',
      'factor_requirement',
      'recovery_code',
      'totp_enrolment',
      'totp_factor',
    ]) {
      await runner.query(`DROP TABLE ${table}`);
    }
  }
}
