import { z } from 'zod';
import { defineTopic, type Topic } from './topics.js';

const ending = z.object({ id: z.uuid(), at: z.iso.datetime(), of: z.uuid().optional() });

/**
 * What access stood on, named by the id of its row, ended at `at`: what began before that has to end too. `of` is the
 * row that it belonged to, where the handler needs it and the row itself may be gone.
 */
export type Ending = z.infer<typeof ending>;

/**
 * Declares the topic of one kind of end. Its row is written with the fact; the fact itself already bites at every use
 * (rulings 28), so the handler may come late.
 */
export function defineEnding(name: string): Topic<Ending> {
  return defineTopic(name, ending, { attempts: 12, backoffMs: 2_000 });
}

/** The payload that says that something ended now. */
export function endingAt(now: Date, id: string, of?: string): Ending {
  return { id, at: now.toISOString(), ...(of !== undefined && { of }) };
}
