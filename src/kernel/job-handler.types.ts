import type { ProjectId } from './ids.js';
import type { Tx } from './tx.js';

/** What a handler is told about its run. */
export interface JobContext {
  /** Id of the outbox row: the same in every run, so it can serve as an idempotency key outside. */
  readonly id: string;
  readonly projectId: ProjectId | null;
  /** 1 for the first run. */
  readonly attempt: number;
  /** Aborts when the run has used up its time. */
  readonly signal: AbortSignal;
}

/** Called in the transaction that gives a row up, so that the failure itself can be recorded. */
interface GivesUp<Payload> {
  gaveUp?(tx: Tx, payload: Payload, context: JobContext, error: string): Promise<void>;
}

/** A job that is wholly a transaction: what it writes and the closing of its row commit together, exactly once. */
export interface TransactionHandler<Payload> extends GivesUp<Payload> {
  run(tx: Tx, payload: Payload, context: JobContext): Promise<void>;
}

/**
 * A job that reaches outside. `prepare` reads what to do, in a transaction; `undefined` means nothing to do, and
 * closes. `send` acts outside any transaction. `finish` writes the outcome in the transaction that closes the row.
 * A crash between `send` and `finish` sends again, so the other side must bear that (`context.id` tells it).
 */
export interface EffectHandler<Payload, Prepared extends object, Outcome> extends GivesUp<Payload> {
  prepare(tx: Tx, payload: Payload, context: JobContext): Promise<Prepared | undefined>;
  send(prepared: Prepared, context: JobContext): Promise<Outcome>;
  finish(tx: Tx, outcome: Outcome, payload: Payload, context: JobContext): Promise<void>;
}

/** Either kind of handler, with its payload type forgotten: what the registry keeps. */
export type AnyHandler = TransactionHandler<never> | EffectHandler<never, object, never>;
