import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { end, startNode } from '../children.mjs';
import { postmasterOf } from '../proc.mjs';

const patienceMs = 180_000;

/** A server under test: its process, its data directory, its PostgreSQL; started as often as needed. */
export class ServerProcess {
  constructor() {
    this.dataDir = mkdtempSync(join(tmpdir(), 'carekey-bench-'));
    // PostgreSQL's own user passes through when root runs this.
    chmodSync(this.dataDir, 0o711);
  }

  /** Starts it and waits for the first 200 of `/healthcheck`. Answers the milliseconds from spawn to that answer. */
  async start() {
    this.port ??= await freePort();
    this.origin = `http://localhost:${this.port}`;
    const { args, env, channel } = this.command();
    const from = performance.now();
    this.child = startNode(args, { env, channel, dataDir: this.dataDir });
    while (!(await isHealthy(this.port))) {
      if (this.child.exitCode !== null) throw new Error(`${this.name} did not start: ${this.child.output()}`);
      if (performance.now() - from > patienceMs)
        throw new Error(`${this.name} is not healthy after three minutes`);
      await sleep(2);
    }
    const ms = performance.now() - from;
    this.watch = { server: this.child.pid, postmaster: postmasterOf(this.dataDir) };
    return ms;
  }

  stop() {
    return this.child ? end(this.child) : undefined;
  }

  removeData() {
    rmSync(this.dataDir, { recursive: true, force: true });
  }
}

function isHealthy(port) {
  return new Promise((resolve) => {
    const request = get({ host: '127.0.0.1', port, path: '/healthcheck' }, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode === 200));
    });
    request.on('error', () => resolve(false));
  });
}

function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer().on('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}
