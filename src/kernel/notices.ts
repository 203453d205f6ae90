import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import pg, { type ClientConfig, type PoolClient } from 'pg';
import { Log } from './log.js';
import { randomBytesOf } from './secrets.js';

/** How to reach PostgreSQL: an address, or the socket of the embedded one. */
export type DatabaseConnection = Pick<
  ClientConfig,
  'connectionString' | 'host' | 'port' | 'user' | 'database'
>;

/** Injection token of the `DatabaseConnection` of this process. */
export const DATABASE_CONNECTION = Symbol('DatabaseConnection');

const channel = 'carekey_rights';
const beatEveryMs = 200;
const trustForMs = 500;
const knowledgeForMs = 900;
const answerWithinMs = 3_000;

/** What a cache offers to the notices that empty it. */
export interface Droppable {
  drop(key: string): void;
  dropAll(): void;
}

/**
 * Tells every node that a right changed, over LISTEN / NOTIFY (rulings 27). Each node also notifies itself every
 * 200 ms through PostgreSQL; while its own heartbeat has not come back for 500 ms it drops all caches and
 * `trusted` is false, so that readers go to the database. A heartbeat that comes late brings everything that was committed
 * before it was sent, and nothing of what came after: so it counts from its sending, for 900 ms. However slow a line or a
 * machine is, what was revoked a second ago is never answered from memory.
 */
@Injectable()
export class Notices implements OnModuleInit, OnApplicationShutdown {
  private readonly caches = new Map<string, Droppable>();
  private listener: pg.Client | undefined;
  private timer: NodeJS.Timeout | undefined;
  private readonly node = randomBytesOf(9).toString('base64url');
  private heardAt = 0;
  /** Up to when everything is known that was committed: when the newest heartbeat that came back was sent. */
  private knownUntil = 0;
  private closing = false;
  private beating = false;

  constructor(
    @Inject(DATABASE_CONNECTION) private readonly connection: DatabaseConnection,
    private readonly log: Log,
  ) {}

  /** Whether notices of other nodes reach this one: only then may a cache answer. */
  get trusted(): boolean {
    if (this.heardAt === 0) return false;
    const now = performance.now();
    if (now - this.heardAt <= trustForMs && now - this.knownUntil <= knowledgeForMs) return true;
    this.distrust();
    return false;
  }

  /** Registers a cache under the name that `Tx.invalidate` uses. */
  register(name: string, cache: Droppable): void {
    if (this.caches.has(name)) throw new Error(`Cache "${name}" is registered twice`);
    this.caches.set(name, cache);
  }

  /** Sends a drop on the connection of an open transaction: it leaves with the commit. */
  async send(client: PoolClient, cache: string, key: string): Promise<void> {
    await client.query({
      name: 'notices.send',
      text: 'SELECT pg_notify($1, $2)',
      values: [channel, `${cache} ${key}`],
    });
  }

  /** Drops a key on this node. */
  dropLocally(cache: string, key: string): void {
    // Runs after the commit, so it must not fail: a process without this cache has nothing to drop.
    this.caches.get(cache)?.drop(key);
  }

  async onModuleInit(): Promise<void> {
    await this.listen();
    this.timer = setInterval(() => void this.beat(), beatEveryMs);
    this.timer.unref();
  }

  async onApplicationShutdown(): Promise<void> {
    this.closing = true;
    clearInterval(this.timer);
    await this.listener?.end().catch(() => {});
  }

  private async listen(): Promise<void> {
    const client = new pg.Client({
      ...this.connection,
      keepAlive: true,
      application_name: 'carekey notices',
      connectionTimeoutMillis: answerWithinMs,
      query_timeout: answerWithinMs,
    });
    client.on('error', (error) => this.lost(client, error));
    client.on('end', () => this.lost(client));
    client.on('notification', ({ payload = '' }) => this.hear(payload));
    try {
      await client.connect();
      await client.query(`LISTEN ${channel}`);
    } catch (error) {
      client.end().catch(() => {});
      throw error;
    }
    this.dropAll();
    this.listener = client;
    await this.beat();
  }

  private async beat(): Promise<void> {
    const client = this.listener;
    if (!client || this.beating) return;
    this.beating = true;
    try {
      await client.query({
        name: 'notices.beat',
        text: 'SELECT pg_notify($1, $2)',
        values: [channel, `beat ${this.node} ${performance.now()}`],
      });
    } catch (error) {
      // A line that is half dead says nothing by itself: the beat that gets no answer finds it.
      this.lost(client, error as Error);
    } finally {
      this.beating = false;
    }
  }

  private hear(payload: string): void {
    const space = payload.indexOf(' ');
    const name = payload.slice(0, space);
    const key = payload.slice(space + 1);
    if (name === 'beat') {
      const [node, sentAt] = key.split(' ');
      if (node !== this.node) return;
      this.heardAt = performance.now();
      this.knownUntil = Number(sentAt);
      return;
    }
    this.caches.get(name)?.drop(key);
  }

  private distrust(): void {
    this.heardAt = 0;
    this.dropAll();
    this.log.warn('No timely heartbeat through PostgreSQL: caches are off until one passes', {
      code: 'notices-silent',
    });
  }

  private lost(client: pg.Client, error?: Error): void {
    if (this.listener !== client || this.closing) return;
    this.listener = undefined;
    client.end().catch(() => {});
    if (error) this.log.warn('The listening connection was lost', { error });
    const again = () => {
      if (this.closing) return;
      this.listen().catch(() => setTimeout(again, beatEveryMs).unref());
    };
    again();
  }

  private dropAll(): void {
    for (const cache of this.caches.values()) cache.dropAll();
  }

  /** Milliseconds since this node's own heartbeat came back, for `/readyz`. */
  silentForMs(): number {
    return this.heardAt === 0 ? Number.POSITIVE_INFINITY : performance.now() - this.heardAt;
  }
}
