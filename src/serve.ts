import { resolve } from 'node:path';
import { migrations } from '../migrations/all.js';
import type { FirstStartReport } from './first-start.js';
import type { Config } from './kernel/config.js';
import { type OpenDatabase, openDatabase } from './kernel/database-server.js';
import { refuseBusyPort } from './kernel/port.js';
import { type Fatal, type Running, releaseStartMemory } from './process.js';

/** A web server that listens, and what the person at the terminal shall see of it. */
export interface Serving extends Running {
  readonly welcome: string;
}

/**
 * Starts the web server of this process (and the queue's worker, unless CAREKEY_ROLE=web).
 * @param fatal called when it may not go on, such as when another web process took over its data directory.
 * @param worker who this process is among those of CAREKEY_WORKERS, if it is one: the first alone prepares an empty
 *   database, and the port is theirs together.
 * @throws StartError
 */
export async function serve(
  config: Config,
  fatal: Fatal,
  worker?: { readonly id: number },
): Promise<Serving> {
  const opening = openDatabase(config, migrations, { purpose: 'web', onLost: fatal });
  // PostgreSQL starts while the modules load, which take longer. A failure is heard below.
  opening.catch(() => {});
  const [{ createWebApp }, { FirstStart }] = await Promise.all([
    import('./web-app.js'),
    import('./first-start.js'),
  ]);
  const database = await opening;
  try {
    if (!worker) await refuseBusyPort(config.port, config.host);
    const { connection, sealingKeys } = database;
    const app = await createWebApp({ config, connection, sealingKeys });
    try {
      const report = !worker || worker.id === 1 ? await app.get(FirstStart).run() : undefined;
      await app.listen(config.port, config.host);
      releaseStartMemory();
      return {
        welcome: welcome(config, database, report),
        stop: async () => {
          await app.close();
          await database.close();
        },
      };
    } catch (error) {
      await app.close();
      throw error;
    }
  } catch (error) {
    await database.close();
    throw error;
  }
}

/** What the person at the terminal sees: where it is, where its data is, what to open next. */
function welcome(config: Config, database: OpenDatabase, report?: FirstStartReport): string {
  const lines = [
    '',
    '  Carekey is ready',
    '',
    `    Address    ${config.baseUrl}`,
    `    Data       ${resolve(config.settings.CAREKEY_DATA_DIR)}`,
    `    Database   ${database.embedded ? `embedded PostgreSQL in ${database.where}` : database.where}`,
    `    Queue      ${config.settings.REDIS_URL ? 'Redis' : 'PostgreSQL'}`,
  ];
  if (report?.firstStepsFile) lines.push(`    Examples   credentials in ${resolve(report.firstStepsFile)}`);
  lines.push('', '  Open next');
  if (report?.setupUrl) {
    lines.push(`    ${report.setupUrl}`, '      makes the first super admin; works once, for one hour');
  }
  if (report?.createdAdmin)
    lines.push(`    ${config.url('signin')}`, `      sign in as ${report.createdAdmin}`);
  if (config.isLocal) {
    lines.push(`    ${config.url('dev/app')}`, '      try the sign-in with an app in your browser');
    lines.push(
      `    ${config.url('dev/admin')}`,
      '      as super admin: get a token that opens /graphql for the whole server',
    );
  }
  if (database.wall === 'missing') {
    lines.push(
      '',
      '  Note: the role in DATABASE_URL may change the audit record. To put up the wall, make a lesser role for',
      '  DATABASE_URL and set CAREKEY_MIGRATION_DATABASE_URL to the owner (docs/guides/database.md).',
    );
  }
  return `${lines.join('\n')}\n\n`;
}
