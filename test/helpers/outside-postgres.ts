import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from '@jest/globals';
import pg from 'pg';
import { asUser, serverUser } from '../../src/kernel/embedded-user.js';
import { until } from '../kernel/wait.js';
import { freePort } from './ports.js';

/**
 * Where PostgreSQL's programs are: those of Debian's packages, and those in the folders of TEST_POSTGRES_PROGRAMS
 * (separated by colons), which `.ci/run` gets from npm for the oldest version.
 */
function programs(): Map<number, string> {
  const debian = '/usr/lib/postgresql';
  const folders = [
    ...(existsSync(debian) ? readdirSync(debian).map((major) => join(debian, major, 'bin')) : []),
    ...(process.env['TEST_POSTGRES_PROGRAMS'] ?? '').split(':').filter(Boolean),
  ];
  const found = new Map<number, string>();
  for (const folder of folders.filter((path) => existsSync(join(path, 'initdb')))) {
    const said = execFileSync(join(folder, 'postgres'), ['--version'], { encoding: 'utf8' });
    found.set(Number(/\) (\d+)/.exec(said)?.[1]), folder);
  }
  return found;
}

/** The PostgreSQL versions of this machine besides the embedded one, oldest first. */
export const outsideVersions: readonly number[] = [...programs().keys()].sort((a, b) => a - b);

/** A suite per version, or one skipped line that says why there is nothing to run. */
export function describeOutside(what: string, suite: (major: number) => void): void {
  if (outsideVersions.length === 0) {
    describe.skip(`${what}: no PostgreSQL is installed besides the embedded one`, () => {
      it('needs the package "postgresql"', () => {});
    });
  }
  for (const major of outsideVersions) describe(`${what}: PostgreSQL ${major}`, () => suite(major));
}

/** A PostgreSQL of a test, reached by address and password as a managed one is. */
export class OutsidePostgres {
  private constructor(
    private readonly directory: string,
    private readonly port: number,
    private readonly stopProcess: () => Promise<void>,
  ) {}

  /** Makes a cluster and starts it on a loopback port. */
  static async start(major: number): Promise<OutsidePostgres> {
    const user = serverUser();
    const bin = programs().get(major)!;
    const directory = mkdtempSync(join(tmpdir(), 'carekey-outside-'));
    const data = join(directory, 'data');
    const passwordFile = join(directory, 'password');
    mkdirSync(data);
    writeFileSync(passwordFile, 'superuser');
    chmodSync(directory, 0o711);
    if (user) for (const path of [data, passwordFile]) chownSync(path, user.uid, user.gid);
    const as = { ...asUser(user), cwd: '/' };
    const options = [
      '-U',
      'postgres',
      '--auth=scram-sha-256',
      `--pwfile=${passwordFile}`,
      '-E',
      'UTF8',
      '--no-sync',
    ];
    execFileSync(join(bin, 'initdb'), ['-D', data, '--locale=C.UTF-8', ...options], {
      ...as,
      stdio: 'ignore',
    });
    const port = await freePort();
    const settings = [
      '-c',
      'fsync=off',
      '-c',
      'listen_addresses=127.0.0.1',
      '-c',
      `unix_socket_directories=${data}`,
    ];
    const child = spawn(join(bin, 'postgres'), ['-D', data, '-p', String(port), ...settings], {
      ...as,
      stdio: 'ignore',
    });
    const ended = once(child, 'exit');
    const server = new OutsidePostgres(directory, port, async () => {
      child.kill('SIGINT');
      await ended;
    });
    await until(
      () =>
        server.administer('SELECT 1').then(
          () => true,
          () => false,
        ),
      { withinMs: 30_000 },
    );
    await server.administer(`CREATE ROLE carekey_owner LOGIN PASSWORD 'owner-word'`);
    await server.administer(`CREATE ROLE carekey_app LOGIN PASSWORD 'app-word'`);
    return server;
  }

  /** A new database, owned by `carekey_owner`; its two addresses. */
  async newDatabase(name: string): Promise<{ owner: string; app: string }> {
    await this.administer(`CREATE DATABASE ${name} OWNER carekey_owner`);
    return {
      owner: this.url(name, 'carekey_owner', 'owner-word'),
      app: this.url(name, 'carekey_app', 'app-word'),
    };
  }

  url(database: string, user: string, password: string): string {
    return `postgres://${user}:${password}@127.0.0.1:${this.port}/${database}`;
  }

  /** Runs a statement as superuser. */
  async administer(statement: string, database = 'postgres'): Promise<void> {
    const client = new pg.Client({ connectionString: this.url(database, 'postgres', 'superuser') });
    client.on('error', () => {});
    await client.connect();
    try {
      await client.query(statement);
    } finally {
      await client.end();
    }
  }

  /** Stops it and removes what it wrote. */
  async stop(): Promise<void> {
    await this.stopProcess();
    rmSync(this.directory, { recursive: true, force: true });
  }
}
