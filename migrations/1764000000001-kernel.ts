import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What every folder uses and none owns: outbox, schedules, budgets, answers kept under an idempotency key. */
export class Kernel1764000000001 implements MigrationInterface {
  readonly name = 'Kernel1764000000001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE outbox (
        id uuid NOT NULL,
        topic text NOT NULL,
        project_id uuid,
        payload jsonb NOT NULL,
        created_at timestamptz NOT NULL,
        deadline timestamptz NOT NULL,
        leased_until timestamptz,
        attempts integer NOT NULL DEFAULT 0,
        last_error text,
        closed_at timestamptz,
        dead_at timestamptz,
        CONSTRAINT pk_outbox PRIMARY KEY (id)
      )`);
    await runner.query(
      `CREATE INDEX ix_outbox_open ON outbox (deadline) WHERE closed_at IS NULL AND dead_at IS NULL`,
    );
    await runner.query(`CREATE INDEX ix_outbox_closed ON outbox (closed_at) WHERE closed_at IS NOT NULL`);
    await runner.query(`CREATE INDEX ix_outbox_dead ON outbox (dead_at, id) WHERE dead_at IS NOT NULL`);
    await runner.query(`
      CREATE TABLE job_schedule (
        topic text NOT NULL,
        next_at timestamptz NOT NULL,
        CONSTRAINT pk_job_schedule PRIMARY KEY (topic)
      )`);
    await runner.query(`
      CREATE TABLE rate_budget (
        key bytea NOT NULL,
        taken integer NOT NULL,
        expires_at timestamptz NOT NULL,
        CONSTRAINT pk_rate_budget PRIMARY KEY (key)
      )`);
    await runner.query(`CREATE INDEX ix_rate_budget_expiry ON rate_budget (expires_at)`);
    await runner.query(`
      CREATE TABLE idempotency_key (
        key bytea NOT NULL,
        input_hash bytea NOT NULL,
        sealed_answer text,
        expires_at timestamptz NOT NULL,
        CONSTRAINT pk_idempotency_key PRIMARY KEY (key)
      )`);
    await runner.query(`CREATE INDEX ix_idempotency_key_expiry ON idempotency_key (expires_at)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['idempotency_key', 'rate_budget', 'job_schedule', 'outbox']) {
      await runner.query(`DROP TABLE ${table}`);
    }
  }
}
