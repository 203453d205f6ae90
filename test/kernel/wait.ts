/**
 * Waits until `condition` holds; fails when it does not although it was asked after `withinMs`. An answer that a busy machine
 * delays is no failure: what counts is when the question began.
 */
export async function until<Value>(
  condition: () => Value | Promise<Value>,
  { withinMs = 10_000, everyMs = 20 }: { withinMs?: number; everyMs?: number } = {},
): Promise<NonNullable<Value>> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const askedAt = performance.now();
    const value = await condition();
    if (value) return value;
    if (askedAt > deadline) throw new Error(`Not so within ${withinMs} ms: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
