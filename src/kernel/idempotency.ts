import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { Actor } from './actor.js';
import { Clock } from './clock.js';
import { conflict } from './errors.js';
import { IdempotencyStore } from './idempotency.store.js';
import { badIdempotencyKey, idempotencyKeyReused } from './kernel.errors.js';
import { Purges } from './purges.js';
import { digest, Sealer, sameBytes } from './secrets.js';
import type { Tx } from './tx.js';

const keptMs = 86_400_000;

/**
 * Lets a caller repeat a request that may have got lost: the same key, caller and input give the same answer for 24
 * hours and do the work once. The key commits with the fact, so a request that failed can be repeated under its key.
 */
@Injectable()
export class Idempotency implements OnModuleInit {
  constructor(
    private readonly store: IdempotencyStore,
    private readonly sealer: Sealer,
    private readonly clock: Clock,
    private readonly purges: Purges,
  ) {}

  onModuleInit(): void {
    this.purges.register({
      table: 'idempotency_key',
      life: '24 hours from the request',
      purge: (tx, now, limit) => this.store.purge(tx, now, limit),
    });
  }

  /**
   * Does `work` in `tx` and keeps its answer, sealed; or gives the kept answer. A second request that comes while the
   * first is under way waits for its commit.
   * @param key what the caller sent; without one the work is simply done.
   * @param input plain data (JSON): what makes two requests the same.
   * @throws AppError `idempotency-key-reused` for other input, `bad-idempotency-key`.
   */
  async once<Answer>(
    tx: Tx,
    request: { readonly key: string | undefined; readonly actor: Actor; readonly input: unknown },
    work: () => Promise<Answer>,
  ): Promise<Answer> {
    if (request.key === undefined) return work();
    const key = keyOf(request.key, request.actor);
    const inputHash = digest(canonical(request.input));
    const now = this.clock.now();
    const place = {
      table: 'idempotency_key',
      column: 'sealed_answer',
      row: key.toString('hex'),
      project: null,
    };
    if (await this.store.open(tx, key, inputHash, new Date(now), new Date(now + keptMs))) {
      const answer = await work();
      await this.store.answer(tx, key, this.sealer.seal(place, JSON.stringify({ answer })));
      return answer;
    }
    const kept = await this.store.find(tx, key);
    if (!kept?.sealedAnswer) throw conflict();
    if (!sameBytes(kept.inputHash, inputHash)) throw idempotencyKeyReused();
    return (JSON.parse(this.sealer.open(place, kept.sealedAnswer)) as { answer: Answer }).answer;
  }
}

function keyOf(key: string, actor: Actor): Buffer {
  // Callers that nobody knows apart must not share answers.
  const caller = actor.membershipId ?? actor.userId ?? actor.clientId;
  if (!/^[\x20-\x7e]{1,255}$/.test(key) || caller === undefined) throw badIdempotencyKey();
  return digest(JSON.stringify([actor.kind, caller, actor.clientId ?? null, key]));
}

/** JSON with sorted names, so that the order in which a client writes them does not matter. */
function canonical(input: unknown): string {
  return (
    JSON.stringify(input, (_, value: unknown) =>
      typeof value === 'object' && value !== null && !Array.isArray(value)
        ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
        : value,
    ) ?? 'undefined'
  );
}
