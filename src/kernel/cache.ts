import { LRUCache } from 'lru-cache';
import type { Droppable, Notices } from './notices.js';

/**
 * A cache of things whose change is a change of rights (client, membership, key, login): bounded in size and age,
 * emptied by commit notice, and out of use while notices do not arrive (rulings 27). "Not there" is never cached.
 */
export class RightsCache<Value extends object> implements Droppable {
  private readonly entries: LRUCache<string, Value>;
  private generation = 0;

  /**
   * @param name the name that `Tx.invalidate` uses; one per process.
   * @param max how many entries; the least recently used go first.
   * @param ttlMs after this time an entry is read again even if no notice came.
   */
  constructor(
    private readonly notices: Notices,
    readonly name: string,
    { max = 10_000, ttlMs = 60_000 }: { max?: number; ttlMs?: number } = {},
  ) {
    this.entries = new LRUCache({ max, ttl: ttlMs });
    notices.register(name, this);
  }

  /** The cached value, or `undefined` when there is none or caches may not answer now. */
  peek(key: string): Value | undefined {
    return this.notices.trusted ? this.entries.get(key) : undefined;
  }

  /** The value from the cache, else from `load`, whose answer is kept unless the key was dropped meanwhile. */
  async get(key: string, load: () => Promise<Value | undefined>): Promise<Value | undefined> {
    const cached = this.peek(key);
    if (cached) return cached;
    const before = this.generation;
    const value = await load();
    if (value) this.put(key, value, before);
    return value;
  }

  /** A mark to take before reading what will be `put`: a drop in between then wins. */
  mark(): number {
    return this.generation;
  }

  /** Keeps a value that was read after `mark`, unless anything was dropped since. */
  put(key: string, value: Value, mark: number): void {
    if (mark === this.generation && this.notices.trusted) this.entries.set(key, value);
  }

  drop(key: string): void {
    this.generation += 1;
    this.entries.delete(key);
  }

  dropAll(): void {
    this.generation += 1;
    this.entries.clear();
  }
}
