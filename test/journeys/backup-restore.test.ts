import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { leftOut } from '../../src/cli/left-out.js';
import {
  type BackupHeader,
  BackupReader,
  backupHeader,
  backupTrailer,
} from '../../src/kernel/backup-file.js';
import { OAuthAgent } from '../helpers/oauth-agent.js';
import { describeOutside, OutsidePostgres } from '../helpers/outside-postgres.js';
import { Installation, type ServerProcess } from '../helpers/server-process.js';

const admin = { email: 'ada@example.org', password: 'violet harbor lantern 42' };
const person = { CAREKEY_ADMIN_EMAIL: admin.email, CAREKEY_ADMIN_PASSWORD: admin.password };

interface Contents {
  readonly header: BackupHeader;
  readonly sha256: Readonly<Record<string, string>>;
}

async function contentsOf(file: string): Promise<Contents> {
  const reader = await BackupReader.open(file);
  const header = await reader.json(backupHeader);
  for (const { name } of header.tables) {
    expect(await reader.json(z.object({ table: z.string() }))).toEqual({ table: name });
    for await (const frame of reader.frames()) expect(frame.length).toBeGreaterThan(0);
  }
  const { sha256 } = await reader.json(backupTrailer);
  await reader.close();
  return { header, sha256 };
}

/** Making and restoring a backup are acts, so the record grows; everything else must be the same byte for byte. */
function withoutRecord({ sha256 }: Contents): Record<string, string> {
  const { audit_record: _, ...rest } = sha256;
  return rest;
}

describe('backup and restore', () => {
  let house: Installation;
  let server: ServerProcess;
  let dataDir: string;
  let file: string;
  let contents: Contents;
  let refreshToken: string;
  let outside: OutsidePostgres | undefined;

  const clientOf = (steps: Record<string, string>) => ({
    id: steps['CLIENT_ID']!,
    secret: steps['CLIENT_SECRET']!,
    redirectUri: 'http://127.0.0.1/callback',
  });
  const keysOf = (directory: string) => join(directory, 'keys/sealing-keys');
  /** A new data directory with the keys of the old one. */
  const newPlace = () => {
    const place = house.newDataDir();
    mkdirSync(join(place, 'keys'), { recursive: true, mode: 0o700 });
    copyFileSync(keysOf(dataDir), keysOf(place));
    return place;
  };

  beforeAll(async () => {
    house = Installation.make();
    dataDir = house.newDataDir();
    file = join(house.folder, 'first.gz');
    server = await house.startReady({ CAREKEY_DATA_DIR: dataDir, ...person });
    const agent = new OAuthAgent(server.baseUrl);
    const { body } = await agent.codeFlow(clientOf(server.firstSteps()), admin);
    refreshToken = body.refresh_token;
    expect(refreshToken).toEqual(expect.any(String));
    // What the text format has to escape, and enough bytes for several frames.
    await server.query(
      'carekey_app',
      `UPDATE project SET description = E'tab\\t line\\n return\\r back\\\\slash \\\\. \\\\N ünï ☤ ' WHERE NOT super_admin;
       INSERT INTO idempotency_key (key, input_hash, sealed_answer, expires_at)
         SELECT sha256(i::text::bytea), sha256(i::text::bytea), repeat('x', 500), '2020-01-01Z'
         FROM generate_series(1, 8000) i`,
    );
  }, 120_000);
  afterEach(async () => {
    await outside?.stop();
    outside = undefined;
  });
  afterAll(() => house.remove());

  const run = (words: string[], env: Record<string, string>) => house.carekey(words, env);
  const refused = async (words: string[], env: Record<string, string>) => {
    const { code, output, errors } = await run(words, env);
    expect({ code, output }).toEqual({ code: 1, output: '' });
    expect(errors.trim().split('\n')).toHaveLength(1);
    return errors;
  };

  it('writes one file while the server runs, for its owner only, without sign-ins', async () => {
    const { code, output } = await run(['backup', file, '--json'], { CAREKEY_DATA_DIR: dataDir });
    expect(code).toBe(0);
    const answer = JSON.parse(output);
    contents = await contentsOf(file);
    expect(answer.rows).toBe(contents.header.tables.reduce((sum, { rows }) => sum + rows, 0));
    expect(answer.rows).toBeGreaterThan(8000);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const names = contents.header.tables.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['project', 'user_account', 'signing_key', 'audit_record']));
    for (const name of Object.keys(leftOut)) expect(names).not.toContain(name);
  });

  it('keeps what is sealed sealed, and says so in the record', async () => {
    const text = gunzipSync(readFileSync(file)).toString('utf8');
    const secret = readFileSync(keysOf(dataDir), 'utf8').trim().split(':')[1]!;
    expect(text).not.toContain(secret);
    expect(text).toMatch(/\tv1\.k1\.[\w-]+\.[\w-]+\t/);
    expect(text).not.toMatch(/"d":\s*"/);
    const rows = await server.query(
      'carekey_owner',
      `SELECT type FROM audit_record WHERE type = 'server.backup'`,
    );
    expect(rows).toHaveLength(1);
  });

  it('leaves out only tables that exist', async () => {
    const rows = await server.query<{ name: string }>(
      'carekey_owner',
      `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'`,
    );
    expect(rows.map(({ name }) => name)).toEqual(expect.arrayContaining(Object.keys(leftOut)));
  });

  it('never writes over a file', async () => {
    expect(await refused(['backup', file], { CAREKEY_DATA_DIR: dataDir })).toMatch(/exists already/);
    expect((await contentsOf(file)).sha256).toEqual(contents.sha256);
  });

  it('refuses a database that is in use', async () => {
    expect(await refused(['restore', file], { CAREKEY_DATA_DIR: dataDir })).toMatch(/not empty/);
  });

  it('refuses to restore without the sealing keys, and makes nothing', async () => {
    const place = house.newDataDir();
    expect(await refused(['restore', file], { CAREKEY_DATA_DIR: place })).toMatch(
      /opens only with its sealing keys/,
    );
    expect(existsSync(place)).toBe(false);
  });

  it('brings everything back, except sign-ins', async () => {
    const place = newPlace();
    const env = { CAREKEY_DATA_DIR: place };
    expect(await run(['restore', file], env)).toMatchObject({ code: 0, errors: '' });
    const again = join(house.folder, 'again.gz');
    expect((await run(['backup', again], env)).code).toBe(0);
    expect(withoutRecord(await contentsOf(again))).toEqual(withoutRecord(contents));
    expect(await refused(['restore', file], env)).toMatch(/not empty/);

    const restored = await house.startReady(env);
    const agent = new OAuthAgent(restored.baseUrl);
    const client = clientOf(server.firstSteps());
    expect((await agent.refresh(client, refreshToken)).status).toBe(400);
    expect((await agent.clientCredentials(client)).status).toBe(200);
    expect((await agent.codeFlow(client, admin)).status).toBe(200);
    await restored.stop();
    expect(await run(['doctor'], env)).toMatchObject({ code: 0 });
  });

  it('loads a damaged file not at all', async () => {
    const place = newPlace();
    const env = { CAREKEY_DATA_DIR: place };
    const broken = join(house.folder, 'broken.gz');
    const text = gunzipSync(readFileSync(file));
    const at = text.indexOf('xxxx');
    text[at] = 'y'.charCodeAt(0);
    writeFileSync(broken, gzipSync(text));
    expect(await refused(['restore', broken], env)).toMatch(/damaged/);
    copyFileSync(file, broken);
    truncateSync(broken, statSync(file).size - 100);
    expect(await refused(['restore', broken], env)).toMatch(/damaged/);
    writeFileSync(broken, 'something else');
    expect(await refused(['restore', broken], env)).toMatch(/damaged/);
    expect(await refused(['restore', join(house.folder, 'none.gz')], env)).toMatch(/cannot be read/);
    expect(await run(['restore', file], env)).toMatchObject({ code: 0 });
  });

  it('refuses a backup of a newer version', async () => {
    const newer = join(house.folder, 'newer.gz');
    const text = gunzipSync(readFileSync(file)).toString('latin1');
    const changed = text.replace('"Base1764000000000"', '"Base1764000000000","Later9999999999999"');
    writeFileSync(newer, gzipSync(Buffer.from(changed, 'latin1')));
    expect(await refused(['restore', newer], { CAREKEY_DATA_DIR: newPlace() })).toMatch(
      /The backup was made by a newer version.*Later9999999999999/,
    );
  });

  describeOutside('into another PostgreSQL, and back', (major) => {
    it('keeps every row, and puts up the wall between the two roles', async () => {
      outside = await OutsidePostgres.start(major);
      const { owner, app } = await outside.newDatabase('restored');
      const env = {
        DATABASE_URL: app,
        CAREKEY_MIGRATION_DATABASE_URL: owner,
        CAREKEY_SEALING_KEYS_FILE: keysOf(dataDir),
      };
      expect(await run(['restore', file], env)).toMatchObject({ code: 0, errors: '' });
      const there = join(house.folder, `there-${major}.gz`);
      expect((await run(['backup', there], env)).code).toBe(0);
      const moved = await contentsOf(there);
      expect(Math.floor(moved.header.postgres / 10_000)).toBe(major);
      expect(withoutRecord(moved)).toEqual(withoutRecord(contents));
      const doctor = JSON.parse((await run(['doctor', '--json'], env)).output);
      expect(doctor.checks).toContainEqual(expect.objectContaining({ name: 'role wall', state: 'ok' }));

      const back = { CAREKEY_DATA_DIR: newPlace() };
      expect(await run(['restore', there], back)).toMatchObject({ code: 0, errors: '' });
      const home = join(house.folder, `home-${major}.gz`);
      expect((await run(['backup', home], back)).code).toBe(0);
      expect(withoutRecord(await contentsOf(home))).toEqual(withoutRecord(contents));
    }, 120_000);
  });
});
