import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import type { DatabaseConnection } from '../../src/kernel/notices.js';

/** Stands between a node and PostgreSQL, and spoils the line as networks do. */
export class DatabaseProxy {
  /** The connection through the proxy. */
  readonly connection: DatabaseConnection;
  /**
   * What becomes of a line on which a COMMIT is sent: its answer is lost, or the COMMIT itself; `swallow` loses the
   * COMMIT and tells the server nothing of it; `lose-all` loses the answer and every other line too.
   */
  onCommit: 'pass' | 'lose-answer' | 'lose-commit' | 'swallow' | 'lose-all' = 'pass';
  /** Breaks each new line at once, as if nobody listened. */
  refuses = false;
  private readonly lines = new Set<Socket>();
  /** What becomes of lines that listen for notices: broken whenever they try, or half-dead without anybody told. */
  listening: 'pass' | 'cut' | 'freeze' = 'pass';
  /** How much later lines that listen hear what the server said, in milliseconds. */
  lateMs = 0;
  private readonly listeners = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    target: DatabaseConnection,
  ) {
    const { port } = server.address() as AddressInfo;
    if (target.connectionString) {
      const url = new URL(target.connectionString);
      url.hostname = '127.0.0.1';
      url.port = String(port);
      this.connection = { connectionString: url.href };
    } else {
      this.connection = { ...target, host: '127.0.0.1', port };
    }
  }

  static async open(target: DatabaseConnection): Promise<DatabaseProxy> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const proxy = new DatabaseProxy(server, target);
    server.on('connection', (line) => {
      if (proxy.refuses) line.destroy();
      else proxy.join(line, upstreamOf(target));
    });
    return proxy;
  }

  /** Breaks the lines that listen now; new ones do as `listening` says. */
  cutListeners(): void {
    for (const line of this.listeners) line.destroy();
  }

  /** Breaks every line. */
  cut(): void {
    for (const line of this.lines) line.destroy();
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private join(line: Socket, upstream: Socket): void {
    for (const socket of [line, upstream]) {
      this.lines.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        this.lines.delete(socket);
        this.listeners.delete(socket);
        line.destroy();
        upstream.destroy();
      });
    }
    let dead = false;
    upstream.on('data', (data) => {
      dead ||= this.listening === 'freeze' && this.listeners.has(line);
      if (dead) return;
      if (this.lateMs > 0 && this.listeners.has(line)) setTimeout(() => line.write(data), this.lateMs);
      else line.write(data);
    });
    line.on('data', (data) => {
      if (data.includes('LISTEN ')) this.listeners.add(line);
      if (this.listening === 'cut') this.cutListeners();
      dead ||= this.listening === 'freeze' && this.listeners.has(line);
      if (dead) return;
      const commits = data.includes('COMMIT');
      if (commits && this.onCommit === 'lose-commit') line.destroy();
      else if (commits && this.onCommit === 'swallow') {
        line.removeAllListeners('close');
        line.destroy();
      } else if (commits && this.onCommit !== 'pass') {
        const all = this.onCommit === 'lose-all';
        upstream.removeAllListeners('data');
        // The server's answer tells that the commit is done; then the line breaks.
        upstream.once('data', () => (all ? this.cut() : line.destroy()));
        upstream.write(data);
      } else upstream.write(data);
    });
  }
}

function upstreamOf(target: DatabaseConnection): Socket {
  if (target.connectionString) {
    const url = new URL(target.connectionString);
    return connect(Number(url.port || 5432), url.hostname);
  }
  if (target.host?.startsWith('/')) return connect(`${target.host}/.s.PGSQL.${target.port}`);
  return connect(target.port ?? 5432, target.host ?? '127.0.0.1');
}
