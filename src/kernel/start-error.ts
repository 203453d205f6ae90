/**
 * Why the process cannot start, in one sentence for the person at the terminal: what is wrong, then what to do.
 * Entries print it without a stack and exit with code 1.
 */
export class StartError extends Error {
  override readonly name = 'StartError';
}
