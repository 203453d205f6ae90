import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import pg from 'pg';
import { root } from '../architecture/sources.js';
import { testSealingKey } from '../helpers/app.js';
import { OAuthAgent } from '../helpers/oauth-agent.js';
import { describeOutside, OutsidePostgres } from '../helpers/outside-postgres.js';
import { Installation } from '../helpers/server-process.js';

const admin = { email: 'ada@example.org', password: 'violet harbor lantern 42' };

describeOutside('the same build on a PostgreSQL of its own', (major) => {
  let house: Installation;
  let outside: OutsidePostgres;
  beforeAll(async () => {
    house = Installation.make();
    outside = await OutsidePostgres.start(major);
  }, 60_000);
  afterAll(async () => {
    await house.remove();
    await outside.stop();
  });

  const envOf = (more: Record<string, string>) => ({
    CAREKEY_SEALING_KEYS: testSealingKey,
    CAREKEY_DATA_DIR: house.newDataDir(),
    ...more,
  });

  it('runs with two roles: a person signs in, and the record cannot be changed by the server', async () => {
    const { owner, app } = await outside.newDatabase('two_roles');
    const server = await house.startReady(
      envOf({
        DATABASE_URL: app,
        CAREKEY_MIGRATION_DATABASE_URL: owner,
        CAREKEY_ADMIN_EMAIL: admin.email,
        CAREKEY_ADMIN_PASSWORD: admin.password,
      }),
    );
    expect(server.output).not.toContain('CAREKEY_MIGRATION_DATABASE_URL');
    const { CLIENT_ID: id, CLIENT_SECRET: secret } = server.firstSteps();
    const client = { id: id!, secret: secret!, redirectUri: 'http://127.0.0.1/callback' };
    const agent = new OAuthAgent(server.baseUrl);
    const { status, body } = await agent.codeFlow(client, admin);
    expect(status).toBe(200);
    expect((await agent.refresh(client, body.refresh_token)).status).toBe(200);

    const session = new pg.Client({ connectionString: app });
    session.on('error', () => {});
    await session.connect();
    for (const change of [
      'UPDATE audit_record SET detail = NULL',
      'DELETE FROM audit_record',
      'TRUNCATE audit_record',
      'DROP TABLE audit_record',
      'ALTER TABLE audit_record DISABLE TRIGGER ALL',
      `INSERT INTO migrations (timestamp, name) VALUES (1, 'x')`,
      // Up to 14 PostgreSQL lets everybody make tables of their own in a new database.
      ...(major >= 15 ? ['CREATE TABLE mine (id int)'] : []),
    ]) {
      await expect(session.query(change)).rejects.toMatchObject({ code: '42501' });
    }
    await session.end();
    expect(await server.stop()).toEqual({ code: 0, signal: null });
    expect(server.errors).toBe('');
  });

  it('runs with one role, says that the wall is missing, and puts it up as the guide says', async () => {
    const { owner } = await outside.newDatabase('one_role');
    const env = envOf({ DATABASE_URL: owner });
    const server = await house.startReady(env);
    expect(server.output).toMatch(/may change the audit record[\s\S]*docs\/guides\/database\.md/);
    await server.stop();

    const guide = readFileSync(join(root, 'docs/guides/database.md'), 'utf8');
    const [, sql] = [...guide.matchAll(/^```sql\n([\s\S]*?)^```$/gm)].map(([, code]) => code!);
    await outside.administer(sql!.replace('carekey_app', 'carekey_lesser'));
    const app = outside.url('one_role', 'carekey_lesser', 'choose-another');
    const walled = await house.startReady({
      ...env,
      DATABASE_URL: app,
      CAREKEY_MIGRATION_DATABASE_URL: owner,
    });
    expect(walled.output).not.toContain('may change the audit record');
    await walled.stop();
  });

  it.each([
    [
      'a wrong password',
      () => outside.url('two_roles', 'carekey_app', 'wrong'),
      /user name or password is wrong/,
    ],
    [
      'no such database',
      () => outside.url('nowhere', 'carekey_app', 'app-word'),
      /the database does not exist/,
    ],
  ])('%s is one sentence, without the password', async (_, url, sentence) => {
    const started = await house.start(envOf({ DATABASE_URL: url() }));
    expect(await started.ended).toEqual({ code: 1, signal: null });
    expect(started.errors).toMatch(sentence);
    expect(started.errors).toMatch(/^DATABASE_URL cannot be used: [^\n]*\n$/);
    expect(started.errors).not.toMatch(/wrong@|app-word/);
  });

  it('a role that may not migrate is told what to set', async () => {
    const { app } = await outside.newDatabase('no_rights');
    await outside.administer('REVOKE CREATE ON SCHEMA public FROM PUBLIC', 'no_rights');
    const started = await house.start(envOf({ DATABASE_URL: app }));
    expect((await started.ended).code).toBe(1);
    expect(started.errors).toMatch(
      /^The role "carekey_app" may not change the schema[^\n]*CAREKEY_MIGRATION/,
    );
  });

  it('two addresses of different databases are noticed', async () => {
    const { app } = await outside.newDatabase('here');
    const { owner } = await outside.newDatabase('there');
    const started = await house.start(envOf({ DATABASE_URL: app, CAREKEY_MIGRATION_DATABASE_URL: owner }));
    expect((await started.ended).code).toBe(1);
    expect(started.errors).toMatch(/lead to different databases/);
  });

  it('a database that may only be read is refused', async () => {
    const { owner } = await outside.newDatabase('frozen');
    await outside.administer('ALTER DATABASE frozen SET default_transaction_read_only = on');
    const started = await house.start(envOf({ DATABASE_URL: owner }));
    expect((await started.ended).code).toBe(1);
    expect(started.errors).toMatch(/may only be read/);
  });
});
