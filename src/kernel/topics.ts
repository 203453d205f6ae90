import type { z } from 'zod';

/** One kind of job: its name, what its payload looks like, and how long it is tried. */
export interface Topic<Payload = unknown> {
  readonly name: string;
  readonly schema: z.ZodType<Payload>;
  /** How many runs in all before the row is given up (a dead letter). */
  readonly attempts: number;
  /** Wait after the first failure, in milliseconds; doubles with each further one. */
  readonly backoffMs: number;
  /** How long one run may take, in milliseconds; a run that takes longer counts as lost. */
  readonly leaseMs: number;
  /** A scheduled topic runs once per this many milliseconds, on one node of all. Its payload is `{}`. */
  readonly everyMs: number | undefined;
}

/** What `defineTopic` can be told; each has a default. */
export interface TopicOptions {
  readonly attempts?: number;
  readonly backoffMs?: number;
  readonly leaseMs?: number;
  readonly everyMs?: number;
}

const catalogue = new Map<string, Topic>();

/**
 * Declares a topic once.
 * @throws Error at module load when the name is taken.
 */
export function defineTopic<Payload>(
  name: string,
  schema: z.ZodType<Payload>,
  { attempts = 8, backoffMs = 1_000, leaseMs = 30_000, everyMs }: TopicOptions = {},
): Topic<Payload> {
  if (catalogue.has(name)) throw new Error(`Topic "${name}" is defined twice`);
  const topic: Topic<Payload> = { name, schema, attempts, backoffMs, leaseMs, everyMs };
  catalogue.set(name, topic as Topic);
  return topic;
}

/** Every topic defined so far. */
export function topicCatalogue(): Topic[] {
  return [...catalogue.values()];
}

/** The topic of that name, if there is one. */
export function topicNamed(name: string): Topic | undefined {
  return catalogue.get(name);
}

/** Milliseconds to wait after the given failed attempt (1 is the first), at most an hour. */
export function backoffAfter(topic: Topic, attempt: number): number {
  return Math.min(topic.backoffMs * 2 ** (attempt - 1), 3_600_000);
}
