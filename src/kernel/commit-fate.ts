import type { Pool } from 'pg';

const settleWithinMs = 15_000;
const endBackendAfterMs = 1_000;

const status = (xid: string) => ({ text: 'SELECT pg_xact_status($1::xid8) AS status', values: [xid] });
const endBackend = (pid: number) => ({
  text: 'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = $1 AND backend_xid IS NOT NULL',
  values: [pid],
});

/**
 * Whether a transaction whose COMMIT was sent, and whose answer was lost with its line, is committed. Waits for a
 * database that restarts; a backend that still waits on the dead line is ended after a second, which decides.
 * @param xid what `pg_current_xact_id` said. @param pid the backend that ran it.
 * @throws the driver's error when the database stays away for 15 seconds: only then is the fate unknown.
 */
export async function wasCommitted(pool: Pool, xid: string, pid: number | undefined): Promise<boolean> {
  const from = performance.now();
  for (let ended = pid === undefined; ; ) {
    const waited = performance.now() - from;
    try {
      const { rows } = await pool.query<{ status: string | null }>(status(xid));
      const fate = rows[0]?.status;
      if (fate !== 'in progress') return fate === 'committed';
      if (!ended && waited > endBackendAfterMs) {
        await pool.query(endBackend(pid!));
        ended = true;
      }
    } catch (error) {
      if (waited > settleWithinMs) throw error;
    }
    await new Promise((again) => setTimeout(again, 20));
  }
}
