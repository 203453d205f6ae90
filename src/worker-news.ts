/** What a web process tells the one that keeps it (CAREKEY_WORKERS). */
export type WorkerNews =
  /** It listens; the text for the terminal. */
  | { readonly ready: string }
  /** Why it could not start, in one sentence. */
  | { readonly refused: string };

/** Tells it, and waits until it is on its way. */
export function tellKeeper(news: WorkerNews): Promise<void> {
  return new Promise((sent) => process.send?.(news, undefined, {}, () => sent()));
}
