import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Tenants, people, clients, memberships, policies, profiles and signing keys. */
export class Identity1764000000002 implements MigrationInterface {
  readonly name = 'Identity1764000000002';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE project (
        id uuid NOT NULL,
        name text NOT NULL,
        description text NOT NULL DEFAULT '',
        super_admin boolean NOT NULL DEFAULT false,
        active boolean NOT NULL DEFAULT true,
        settings jsonb NOT NULL DEFAULT '{}',
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL,
        version integer NOT NULL DEFAULT 1,
        CONSTRAINT pk_project PRIMARY KEY (id)
      )`);
    await runner.query(`
      CREATE TABLE user_account (
        id uuid NOT NULL,
        project_id uuid,
        email text NOT NULL,
        given_name text NOT NULL,
        family_name text NOT NULL,
        email_verified boolean NOT NULL DEFAULT false,
        claimed_at timestamptz,
        active boolean NOT NULL DEFAULT true,
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL,
        version integer NOT NULL DEFAULT 1,
        CONSTRAINT pk_user_account PRIMARY KEY (id),
        CONSTRAINT fk_user_account_project FOREIGN KEY (project_id) REFERENCES project (id)
      )`);
    await runner.query(
      `CREATE UNIQUE INDEX uq_user_account_server_email ON user_account (email) WHERE project_id IS NULL`,
    );
    await runner.query(
      `CREATE UNIQUE INDEX uq_user_account_project_email ON user_account (project_id, email) WHERE project_id IS NOT NULL`,
    );
    await runner.query(`CREATE INDEX ix_user_account_project ON user_account (project_id, id)`);
    await runner.query(`
      CREATE TABLE user_password (
        user_id uuid NOT NULL,
        hash text NOT NULL,
        pepper_key text NOT NULL,
        changed_at timestamptz NOT NULL,
        CONSTRAINT pk_user_password PRIMARY KEY (user_id),
        CONSTRAINT fk_user_password_user FOREIGN KEY (user_id) REFERENCES user_account (id) ON DELETE CASCADE
      )`);
    await runner.query(`
      CREATE TABLE client_application (
        id uuid NOT NULL,
        project_id uuid,
        name text NOT NULL,
        description text NOT NULL DEFAULT '',
        active boolean NOT NULL DEFAULT true,
        first_party boolean NOT NULL DEFAULT false,
        redirect_uris text[] NOT NULL DEFAULT '{}',
        post_logout_redirect_uris text[] NOT NULL DEFAULT '{}',
        allowed_origins text[] NOT NULL DEFAULT '{}',
        origins text[] NOT NULL DEFAULT '{}',
        default_scope text[] NOT NULL DEFAULT '{}',
        grant_types text[] NOT NULL DEFAULT '{}',
        authenticated_grants text[] NOT NULL DEFAULT '{}',
        pkce_optional boolean NOT NULL DEFAULT false,
        access_token_lifetime integer NOT NULL DEFAULT 3600,
        refresh_token_lifetime integer NOT NULL DEFAULT 1209600,
        id_token_signed_response_alg text NOT NULL DEFAULT 'RS256',
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL,
        version integer NOT NULL DEFAULT 1,
        CONSTRAINT pk_client_application PRIMARY KEY (id),
        CONSTRAINT uq_client_application_project UNIQUE (project_id, id),
        CONSTRAINT fk_client_application_project FOREIGN KEY (project_id) REFERENCES project (id)
      )`);
    await runner.query(
      `CREATE INDEX ix_client_application_origins ON client_application USING gin (origins)`,
    );
    await runner.query(`
      CREATE TABLE client_secret (
        id uuid NOT NULL,
        client_id uuid NOT NULL,
        state text NOT NULL,
        hash bytea NOT NULL,
        created_at timestamptz NOT NULL,
        expires_at timestamptz,
        CONSTRAINT pk_client_secret PRIMARY KEY (id),
        CONSTRAINT fk_client_secret_client FOREIGN KEY (client_id) REFERENCES client_application (id) ON DELETE CASCADE,
        CONSTRAINT ck_client_secret_state CHECK (state IN ('current', 'retiring'))
      )`);
    await runner.query(`CREATE UNIQUE INDEX uq_client_secret_state ON client_secret (client_id, state)`);
    await runner.query(`
      CREATE TABLE directory_resource (
        id uuid NOT NULL,
        project_id uuid NOT NULL,
        resource_type text NOT NULL,
        version_id uuid NOT NULL,
        content jsonb NOT NULL,
        last_updated timestamptz NOT NULL,
        CONSTRAINT pk_directory_resource PRIMARY KEY (id),
        CONSTRAINT fk_directory_resource_project FOREIGN KEY (project_id) REFERENCES project (id)
      )`);
    await runner.query(
      `CREATE INDEX ix_directory_resource_type ON directory_resource (project_id, resource_type, id)`,
    );
    await runner.query(`
      CREATE TABLE access_policy (
        id uuid NOT NULL,
        project_id uuid NOT NULL,
        name text NOT NULL,
        resource jsonb NOT NULL DEFAULT '[]',
        ip_access_rule jsonb NOT NULL DEFAULT '[]',
        compartment text,
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL,
        version integer NOT NULL DEFAULT 1,
        CONSTRAINT pk_access_policy PRIMARY KEY (id),
        CONSTRAINT uq_access_policy_project UNIQUE (project_id, id),
        CONSTRAINT fk_access_policy_project FOREIGN KEY (project_id) REFERENCES project (id)
      )`);
    await runner.query(`
      CREATE TABLE default_access_policy (
        project_id uuid NOT NULL,
        profile_type text NOT NULL,
        access_policy_id uuid NOT NULL,
        CONSTRAINT pk_default_access_policy PRIMARY KEY (project_id, profile_type),
        CONSTRAINT fk_default_access_policy_project FOREIGN KEY (project_id) REFERENCES project (id),
        CONSTRAINT fk_default_access_policy_policy FOREIGN KEY (project_id, access_policy_id) REFERENCES access_policy (project_id, id)
      )`);
    await runner.query(`
      CREATE TABLE project_membership (
        id uuid NOT NULL,
        project_id uuid NOT NULL,
        user_id uuid,
        client_id uuid,
        profile_type text NOT NULL,
        profile_id uuid NOT NULL,
        state text NOT NULL,
        active boolean NOT NULL DEFAULT true,
        admin boolean NOT NULL DEFAULT false,
        access_policy_id uuid,
        access jsonb NOT NULL DEFAULT '[]',
        external_id text,
        label text,
        invited_by uuid,
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL,
        version integer NOT NULL DEFAULT 1,
        CONSTRAINT pk_project_membership PRIMARY KEY (id),
        CONSTRAINT fk_project_membership_project FOREIGN KEY (project_id) REFERENCES project (id),
        CONSTRAINT fk_project_membership_user FOREIGN KEY (user_id) REFERENCES user_account (id),
        CONSTRAINT fk_project_membership_client FOREIGN KEY (project_id, client_id) REFERENCES client_application (project_id, id),
        CONSTRAINT fk_project_membership_policy FOREIGN KEY (project_id, access_policy_id) REFERENCES access_policy (project_id, id),
        CONSTRAINT ck_project_membership_member CHECK ((user_id IS NULL) <> (client_id IS NULL)),
        CONSTRAINT ck_project_membership_state CHECK (state IN ('active', 'pending'))
      )`);
    await runner.query(`CREATE INDEX ix_project_membership_project ON project_membership (project_id, id)`);
    await runner.query(`CREATE INDEX ix_project_membership_user ON project_membership (user_id, project_id)`);
    await runner.query(`CREATE UNIQUE INDEX uq_project_membership_client ON project_membership (client_id)`);
    await runner.query(
      `CREATE UNIQUE INDEX uq_project_membership_profile ON project_membership (project_id, profile_id)`,
    );
    await runner.query(
      `CREATE UNIQUE INDEX uq_project_membership_external_id ON project_membership (project_id, external_id)`,
    );
    await runner.query(`
      CREATE TABLE signing_key (
        kid text NOT NULL,
        alg text NOT NULL,
        public_jwk jsonb NOT NULL,
        sealed_private_jwk text,
        created_at timestamptz NOT NULL,
        activates_at timestamptz NOT NULL,
        retires_at timestamptz,
        erases_at timestamptz,
        revoked_at timestamptz,
        CONSTRAINT pk_signing_key PRIMARY KEY (kid),
        CONSTRAINT ck_signing_key_alg CHECK (alg IN ('ES256', 'RS256'))
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of [
      'signing_key',
      'project_membership',
      'default_access_policy',
      'access_policy',
      'directory_resource',
      'client_secret',
      'client_application',
      'user_password',
      'user_account',
      'project',
    ]) {
      await runner.query(`DROP TABLE ${table}`);
    }
  }
}
