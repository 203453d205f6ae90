import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { root } from '../architecture/sources.js';
import { until } from '../kernel/wait.js';
import { freePort } from './ports.js';

/** The built server in a folder of its own, as it would be installed. */
export class Installation {
  private readonly processes: ServerProcess[] = [];
  private places = 0;

  private constructor(readonly folder: string) {}

  /** Copies the build; `npm test` makes it first. */
  static make(): Installation {
    if (!existsSync(join(root, 'dist/bundle/main.js')))
      throw new Error('Nothing is built. Run "npm run build".');
    const folder = mkdtempSync(join(tmpdir(), 'carekey-built-'));
    // Started by root, PostgreSQL runs as another user, who must be able to pass through.
    chmodSync(folder, 0o711);
    cpSync(join(root, 'dist'), join(folder, 'dist'), { recursive: true });
    cpSync(join(root, 'package.json'), join(folder, 'package.json'));
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
    return new Installation(folder);
  }

  /** A data directory that does not exist yet. */
  newDataDir(): string {
    this.places += 1;
    return join(this.folder, `data-${this.places}`);
  }

  /** Starts an entry; nothing of the caller's environment but what finds programs. */
  async start(
    env: Readonly<Record<string, string>>,
    entry: 'main' | 'worker' = 'main',
  ): Promise<ServerProcess> {
    const port = env['PORT'] ?? String(await freePort());
    const child = spawn(process.execPath, [join(this.folder, `dist/bundle/${entry}.js`)], {
      cwd: this.folder,
      env: { PATH: process.env['PATH'], ...env, PORT: port },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const started = new ServerProcess(child, `http://localhost:${port}/`, env['CAREKEY_DATA_DIR']);
    this.processes.push(started);
    return started;
  }

  /** Starts an entry and waits until it says that it is ready. */
  async startReady(
    env: Readonly<Record<string, string>>,
    entry: 'main' | 'worker' = 'main',
  ): Promise<ServerProcess> {
    const started = await this.start(env, entry);
    await started.ready();
    return started;
  }

  /** Runs `carekey <words>` to its end. */
  async carekey(
    words: readonly string[],
    env: Readonly<Record<string, string>>,
    input = '',
  ): Promise<{ code: number | null; output: string; errors: string }> {
    const run = this.command(words, env, input);
    return { code: (await run.ended).code, output: run.output, errors: run.errors };
  }

  /** Starts `carekey <words>`. */
  command(words: readonly string[], env: Readonly<Record<string, string>>, input = ''): ServerProcess {
    const child = spawn(process.execPath, [join(this.folder, 'dist/bundle/carekey.js'), ...words], {
      cwd: this.folder,
      env: { PATH: process.env['PATH'], ...env },
    });
    child.stdin.end(input);
    return new ServerProcess(child, '', undefined);
  }

  /** Ends what still runs and removes the folder. */
  async remove(): Promise<void> {
    for (const one of this.processes) await one.destroy();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

// Several start one after the other, and other tests keep the machine busy meanwhile.
const patienceMs = 90_000;

/** A process of a test, and the PostgreSQL of its data directory. */
export class ServerProcess {
  output = '';
  errors = '';
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;

  constructor(
    private readonly child: ChildProcess,
    readonly baseUrl: string,
    private readonly dataDir: string | undefined,
  ) {
    child.stdout?.on('data', (chunk) => {
      this.output += chunk;
    });
    child.stderr?.on('data', (chunk) => {
      this.errors += chunk;
    });
    this.ended = once(child, 'close').then(([code, signal]) => ({ code, signal }));
  }

  get pid(): number {
    return this.child.pid!;
  }

  /** Waits for the words that end the start. */
  async ready(): Promise<void> {
    await until(() => this.output.includes('is ready') || this.hasEnded, { withinMs: patienceMs });
    if (this.hasEnded) throw new Error(`It ended while starting: ${this.errors}${this.output}`);
  }

  get hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /** Sends a signal and waits for the end. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<{ code: number | null; signal: string | null }> {
    this.child.kill(signal);
    return this.ended;
  }

  /** What the first start wrote for the README's examples. */
  firstSteps(): Record<string, string> {
    const text = readFileSync(join(this.dataDir!, 'first-steps.env'), 'utf8');
    return Object.fromEntries([...text.matchAll(/^(\w+)=(.*)$/gm)].map(([, name, value]) => [name, value]));
  }

  /** The embedded server as its own `postmaster.pid` describes it; `undefined` when it is down. */
  postgres(): { pid: number; socketDirectory: string } | undefined {
    const file = pidFile(this.dataDir!);
    if (!file) return undefined;
    const lines = readFileSync(file, 'utf8').split('\n');
    return { pid: Number(lines[0]), socketDirectory: lines[4] ?? '' };
  }

  /** A session in the embedded server. */
  async query<Row extends pg.QueryResultRow>(
    user: 'postgres' | 'carekey_owner' | 'carekey_app',
    text: string,
  ): Promise<Row[]> {
    const host = this.postgres()!.socketDirectory;
    const client = new pg.Client({ host, port: 5432, user, database: 'carekey' });
    client.on('error', () => {});
    await client.connect();
    try {
      return (await client.query<Row>(text)).rows;
    } finally {
      await client.end();
    }
  }

  /** `kill -9` for this process and for each process of its PostgreSQL, at once. */
  async killEverything(): Promise<void> {
    const postmaster = this.postgres()!.pid;
    const all = [this.pid, postmaster, ...childrenOf(postmaster)];
    for (const pid of all) kill(pid);
    await this.ended;
  }

  /** For the end of a test: leaves nothing running. */
  async destroy(): Promise<void> {
    if (!this.hasEnded) await this.stop('SIGKILL');
    const running = this.dataDir ? this.postgres() : undefined;
    if (!running) return;
    for (const pid of [running.pid, ...childrenOf(running.pid)]) kill(pid);
    rmSync(running.socketDirectory, { recursive: true, force: true });
  }
}

function pidFile(dataDir: string): string | undefined {
  const note = join(dataDir, 'postgres-home');
  const home = existsSync(note) ? readFileSync(note, 'utf8').trim() : dataDir;
  if (!existsSync(home)) return undefined;
  return readdirSync(home)
    .filter((name) => /^pg\d+$/.test(name))
    .map((name) => join(home, name, 'postmaster.pid'))
    .find((file) => existsSync(file));
}

/** The ids of the processes that a process has started and not outlived. */
export function childrenOf(pid: number): number[] {
  const table = execFileSync('ps', ['-e', '-o', 'pid=,ppid='], { encoding: 'utf8' });
  return table
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .filter(([, parent]) => parent === pid)
    .map(([child]) => child!);
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
