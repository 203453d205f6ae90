import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Browser sessions, logins and what they lead to: authorization requests, codes, consent, refresh families. */
export class Logins1764000000003 implements MigrationInterface {
  readonly name = 'Logins1764000000003';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE browser_session (
        id uuid NOT NULL,
        secret_hash bytea NOT NULL,
        user_id uuid NOT NULL,
        vouched_by text NOT NULL,
        auth_time timestamptz NOT NULL,
        amr text[] NOT NULL,
        remote_address text NOT NULL,
        user_agent text NOT NULL DEFAULT '',
        created_at timestamptz NOT NULL,
        last_used_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL,
        ended_at timestamptz,
        CONSTRAINT pk_browser_session PRIMARY KEY (id)
      )`);
    await runner.query(`CREATE UNIQUE INDEX uq_browser_session_secret ON browser_session (secret_hash)`);
    await runner.query(`CREATE INDEX ix_browser_session_user ON browser_session (user_id, created_at)`);
    await runner.query(`CREATE INDEX ix_browser_session_expiry ON browser_session (expires_at)`);
    await runner.query(`
      CREATE TABLE login (
        id uuid NOT NULL,
        project_id uuid,
        user_id uuid,
        client_id uuid NOT NULL,
        membership_id uuid,
        session_id uuid,
        method text NOT NULL,
        vouched_by text NOT NULL,
        reach text NOT NULL,
        scope text NOT NULL,
        auth_time timestamptz NOT NULL,
        amr text[] NOT NULL DEFAULT '{}',
        remote_address text NOT NULL,
        user_agent text NOT NULL DEFAULT '',
        created_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL,
        revoked_at timestamptz,
        revoked_reason text,
        CONSTRAINT pk_login PRIMARY KEY (id),
        CONSTRAINT ck_login_vouched_by CHECK (vouched_by IN ('person', 'server', 'domain', 'project', 'client')),
        CONSTRAINT ck_login_reach CHECK (reach IN ('full', 'membership'))
      )`);
    await runner.query(`CREATE INDEX ix_login_user ON login (user_id, created_at) WHERE user_id IS NOT NULL`);
    await runner.query(`CREATE INDEX ix_login_project ON login (project_id, id) WHERE user_id IS NOT NULL`);
    await runner.query(`CREATE INDEX ix_login_session ON login (session_id) WHERE session_id IS NOT NULL`);
    await runner.query(`CREATE INDEX ix_login_expiry ON login (expires_at)`);
    await runner.query(`
      CREATE TABLE login_handle (
        hash bytea NOT NULL,
        login_id uuid NOT NULL,
        expires_at timestamptz NOT NULL,
        CONSTRAINT pk_login_handle PRIMARY KEY (hash),
        CONSTRAINT fk_login_handle_login FOREIGN KEY (login_id) REFERENCES login (id) ON DELETE CASCADE
      )`);
    await runner.query(`CREATE INDEX ix_login_handle_login ON login_handle (login_id)`);
    await runner.query(`CREATE INDEX ix_login_handle_expiry ON login_handle (expires_at)`);
    await runner.query(`
      CREATE TABLE authorization_request (
        handle_hash bytea NOT NULL,
        client_id uuid NOT NULL,
        project_id uuid,
        parameters jsonb NOT NULL,
        browser_hash bytea NOT NULL,
        session_id uuid,
        membership_id uuid,
        created_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL,
        CONSTRAINT pk_authorization_request PRIMARY KEY (handle_hash)
      )`);
    await runner.query(`CREATE INDEX ix_authorization_request_expiry ON authorization_request (expires_at)`);
    await runner.query(`
      CREATE TABLE authorization_code (
        hash bytea NOT NULL,
        login_id uuid NOT NULL,
        client_id uuid NOT NULL,
        redirect_uri text,
        code_challenge text,
        nonce text,
        created_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL,
        redeemed_at timestamptz,
        CONSTRAINT pk_authorization_code PRIMARY KEY (hash),
        CONSTRAINT fk_authorization_code_login FOREIGN KEY (login_id) REFERENCES login (id) ON DELETE CASCADE
      )`);
    await runner.query(`CREATE INDEX ix_authorization_code_login ON authorization_code (login_id)`);
    await runner.query(`CREATE INDEX ix_authorization_code_expiry ON authorization_code (expires_at)`);
    await runner.query(`
      CREATE TABLE consent (
        id uuid NOT NULL,
        user_id uuid NOT NULL,
        client_id uuid NOT NULL,
        scope text[] NOT NULL,
        granted_at timestamptz NOT NULL,
        CONSTRAINT pk_consent PRIMARY KEY (id)
      )`);
    await runner.query(`CREATE UNIQUE INDEX uq_consent_user_client ON consent (user_id, client_id)`);
    await runner.query(`
      CREATE TABLE refresh_family (
        id uuid NOT NULL,
        login_id uuid NOT NULL,
        client_id uuid NOT NULL,
        project_id uuid,
        authenticated boolean NOT NULL,
        generation integer NOT NULL,
        current_hash bytea NOT NULL,
        previous_hash bytea,
        rotated_at timestamptz NOT NULL,
        created_at timestamptz NOT NULL,
        idle_expires_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL,
        CONSTRAINT pk_refresh_family PRIMARY KEY (id)
      )`);
    await runner.query(`CREATE UNIQUE INDEX uq_refresh_family_login ON refresh_family (login_id)`);
    await runner.query(`CREATE INDEX ix_refresh_family_expiry ON refresh_family (expires_at)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of [
      'refresh_family',
      'consent',
      'authorization_code',
      'authorization_request',
      'login_handle',
      'login',
      'browser_session',
    ]) {
      await runner.query(`DROP TABLE ${table}`);
    }
  }
}
