/** What a check found: one sentence that says what is so and, unless it is well, what to do. */
export interface Finding {
  readonly state: 'ok' | 'warn' | 'fail';
  readonly sentence: string;
}

/** One thing that the server stands on. A check that throws has failed. */
export interface Check {
  readonly name: string;
  run(): Promise<Finding>;
}

export const ok = (sentence: string): Finding => ({ state: 'ok', sentence });
export const warn = (sentence: string): Finding => ({ state: 'warn', sentence });
export const fail = (sentence: string): Finding => ({ state: 'fail', sentence });
