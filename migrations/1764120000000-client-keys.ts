import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Clients that prove themselves with keys of their own (RFC 7523), and the assertions that they have used. */
export class ClientKeys1764120000000 implements MigrationInterface {
  readonly name = 'ClientKeys1764120000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE client_application
        ADD COLUMN jwks jsonb,
        ADD COLUMN jwks_uri text,
        ADD COLUMN token_endpoint_auth_method text,
        ADD CONSTRAINT ck_client_application_keys CHECK (jwks IS NULL OR jwks_uri IS NULL)`);
    await runner.query(`
      CREATE TABLE client_assertion (
        client_id uuid NOT NULL,
        jti_hash bytea NOT NULL,
        expires_at timestamptz NOT NULL,
        CONSTRAINT pk_client_assertion PRIMARY KEY (client_id, jti_hash)
      )`);
    await runner.query('CREATE INDEX ix_client_assertion_expiry ON client_assertion (expires_at)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE client_assertion');
    await runner.query(`
      ALTER TABLE client_application
        DROP CONSTRAINT ck_client_application_keys,
        DROP COLUMN jwks,
        DROP COLUMN jwks_uri,
        DROP COLUMN token_endpoint_auth_method`);
  }
}
