import * as nodeModule from 'node:module';
import { ConfigError } from './kernel/config.js';
import { StartError } from './kernel/start-error.js';

/** Something that runs until it is told to stop. */
export interface Running {
  stop(): Promise<void>;
}

/**
 * Runs an entry point: what prevents the start is one sentence on standard error and exit code 1; SIGTERM and SIGINT
 * stop it in good order, a second signal at once.
 */
export async function runProcess(title: string, start: () => Promise<Running>): Promise<void> {
  process.title = title;
  // Node 22.8 and later keep compiled code on disk, which makes the next start quicker.
  (nodeModule as { enableCompileCache?: () => void }).enableCompileCache?.();
  let running: Running;
  try {
    running = await start();
  } catch (error) {
    process.stderr.write(`${startSentence(error)}\n`);
    process.exit(1);
  }
  let stopping = false;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (stopping) process.exit(1);
      stopping = true;
      running.stop().then(
        () => process.exit(0),
        (error: unknown) => {
          process.stderr.write(`Carekey did not stop in good order: ${(error as Error).message}\n`);
          process.exit(1);
        },
      );
    });
  }
}

/** Expected reasons in their own words; anything else with its stack, because it is a fault of ours. */
function startSentence(error: unknown): string {
  if (error instanceof ConfigError || error instanceof StartError) return error.message;
  const { code, port, address } = error as { code?: string; port?: number; address?: string };
  if (code === 'EADDRINUSE') {
    return `Port ${port} on ${address} is in use. Stop the program that has it, or set PORT to another one.`;
  }
  if (code === 'EACCES' && port)
    return `Port ${port} may not be used by this user. Set PORT to one above 1023.`;
  if (code === 'EADDRNOTAVAIL') return `HOST ${address} is no address of this machine. Correct HOST.`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
