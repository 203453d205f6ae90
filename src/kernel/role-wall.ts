import type pg from 'pg';

/** Tables that the server may only add to (rulings 43). */
const insertOnly = ['audit_record', 'audit_seal'];

type Right = 'SELECT' | 'INSERT' | 'UPDATE' | 'DELETE' | 'TRUNCATE';
const rights: readonly Right[] = ['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE'];

interface TableRights {
  readonly name: string;
  readonly parent: string | null;
  readonly owned: boolean;
  readonly has: readonly Right[];
}

/**
 * Gives the server's role what it needs and no more: everything but the record may be changed, the record may only
 * grow, the list of migrations may only be read. Partitions of the record are reached through it alone.
 * @param client a session of the owner.
 */
export async function raiseWall(client: pg.Client, appRole: string): Promise<void> {
  const role = client.escapeIdentifier(appRole);
  await client.query(`GRANT USAGE ON SCHEMA public TO ${role}`);
  for (const { name, parent, owned, has } of await rightsOf(client, appRole)) {
    const wanted = wantedOn(name, parent);
    if (owned || (has.length === wanted.length && wanted.every((right) => has.includes(right)))) continue;
    const table = client.escapeIdentifier(name);
    await client.query(`REVOKE ALL ON ${table} FROM ${role}`);
    if (wanted.length > 0) await client.query(`GRANT ${wanted.join(', ')} ON ${table} TO ${role}`);
  }
}

/** Whether the role of this session is kept from changing the record. @param client a session of the server's role. */
export async function isWallUp(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ role: string }>('SELECT current_user AS role');
  const tables = await rightsOf(client, rows[0]!.role);
  return tables
    .filter(({ name, parent }) => insertOnly.includes(parent ?? name))
    .every(({ has }) => !has.some((right) => right !== 'SELECT' && right !== 'INSERT'));
}

function wantedOn(name: string, parent: string | null): readonly Right[] {
  if (name === 'migrations') return ['SELECT'];
  if (insertOnly.includes(name)) return ['SELECT', 'INSERT'];
  if (parent !== null && insertOnly.includes(parent)) return [];
  return ['SELECT', 'INSERT', 'UPDATE', 'DELETE'];
}

async function rightsOf(client: pg.Client, role: string): Promise<TableRights[]> {
  const { rows } = await client.query<TableRights>(
    `SELECT c.relname AS name, p.relname AS parent, pg_get_userbyid(c.relowner) = $1 AS owned,
            ARRAY(SELECT r FROM unnest($2::text[]) r WHERE has_table_privilege($1, c.oid, r)) AS has
     FROM pg_class c
     LEFT JOIN pg_inherits i ON i.inhrelid = c.oid
     LEFT JOIN pg_class p ON p.oid = i.inhparent
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
     ORDER BY c.relname`,
    [role, rights],
  );
  return rows;
}
