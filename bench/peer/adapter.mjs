import pg from 'pg';

/**
 * The storage of the peer: one table, one upserted row per model instance, as its documentation asks of an adapter.
 * Statements are named, so that PostgreSQL prepares each once per connection, as it does for Carekey.
 */
const schema = `
  CREATE TABLE IF NOT EXISTS oidc_model (
    model text NOT NULL,
    id text NOT NULL,
    payload jsonb NOT NULL,
    grant_id text,
    user_code text,
    uid text,
    expires_at timestamptz,
    consumed_at timestamptz,
    PRIMARY KEY (model, id)
  );
  CREATE INDEX IF NOT EXISTS ix_oidc_model_grant ON oidc_model (grant_id) WHERE grant_id IS NOT NULL;
  CREATE INDEX IF NOT EXISTS ix_oidc_model_uid ON oidc_model (uid) WHERE uid IS NOT NULL;
  CREATE INDEX IF NOT EXISTS ix_oidc_model_user_code ON oidc_model (user_code) WHERE user_code IS NOT NULL;
  CREATE INDEX IF NOT EXISTS ix_oidc_model_expiry ON oidc_model (expires_at)`;

const columns = 'payload, consumed_at';
const alive = '(expires_at IS NULL OR expires_at > now())';
const statements = {
  upsert: `INSERT INTO oidc_model (model, id, payload, grant_id, user_code, uid, expires_at)
    VALUES ($1, $2, $3, $4, $5, $6, now() + $7 * interval '1 second')
    ON CONFLICT (model, id) DO UPDATE SET payload = excluded.payload, grant_id = excluded.grant_id,
      user_code = excluded.user_code, uid = excluded.uid, expires_at = excluded.expires_at`,
  find: `SELECT ${columns} FROM oidc_model WHERE model = $1 AND id = $2 AND ${alive}`,
  findByUid: `SELECT ${columns} FROM oidc_model WHERE model = $1 AND uid = $2 AND ${alive}`,
  findByUserCode: `SELECT ${columns} FROM oidc_model WHERE model = $1 AND user_code = $2 AND ${alive}`,
  consume: 'UPDATE oidc_model SET consumed_at = now() WHERE model = $1 AND id = $2',
  destroy: 'DELETE FROM oidc_model WHERE model = $1 AND id = $2',
  revokeByGrantId: 'DELETE FROM oidc_model WHERE model = $1 AND grant_id = $2',
};

/** Opens the pool, makes the table and answers the adapter class for oidc-provider's configuration. */
export async function postgresAdapter(connection, poolSize) {
  const pool = new pg.Pool({ ...connection, max: poolSize, application_name: 'peer' });
  pool.on('error', () => {});
  await pool.query(schema);
  const run = (name, values) => pool.query({ name, text: statements[name], values });
  const found = ({ rows: [row] }) =>
    row && { ...row.payload, ...(row.consumed_at && { consumed: Math.floor(row.consumed_at / 1000) }) };

  class PostgresAdapter {
    constructor(model) {
      this.model = model;
    }

    async upsert(id, payload, expiresIn) {
      const { grantId = null, userCode = null, uid = null } = payload;
      await run('upsert', [this.model, id, payload, grantId, userCode, uid, expiresIn ?? null]);
    }

    async find(id) {
      return found(await run('find', [this.model, id]));
    }

    async findByUid(uid) {
      return found(await run('findByUid', [this.model, uid]));
    }

    async findByUserCode(userCode) {
      return found(await run('findByUserCode', [this.model, userCode]));
    }

    async consume(id) {
      await run('consume', [this.model, id]);
    }

    async destroy(id) {
      await run('destroy', [this.model, id]);
    }

    async revokeByGrantId(grantId) {
      await run('revokeByGrantId', [this.model, grantId]);
    }
  }
  return { PostgresAdapter, close: () => pool.end() };
}
