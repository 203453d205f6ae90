import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { SingleBar } from 'cli-progress';

/** The person or program at the other end: answers go to standard output, everything else to standard error. */
export class Terminal {
  constructor(
    private readonly input: NodeJS.ReadStream = process.stdin,
    private readonly output: NodeJS.WriteStream = process.stdout,
    private readonly errors: NodeJS.WriteStream = process.stderr,
  ) {}

  print(text: string): void {
    this.output.write(`${text}\n`);
  }

  printError(text: string): void {
    this.errors.write(`${text}\n`);
  }

  /** A progress bar while `work` runs, where somebody watches. */
  async withProgress<Result>(
    unit: string,
    work: (progress: (done: number, total: number) => void) => Promise<Result>,
  ): Promise<Result> {
    if (!this.errors.isTTY) return work(() => {});
    const bar = new SingleBar({
      format: `  {bar} {percentage}% | {value} of {total} ${unit} | {eta_formatted} left`,
      stream: this.errors,
      clearOnComplete: true,
      hideCursor: true,
    });
    bar.start(0, 0);
    try {
      return await work((done, total) => {
        bar.setTotal(total);
        bar.update(done);
      });
    } finally {
      bar.stop();
    }
  }

  /** Asks for a secret, unseen on a terminal; from a program it is the first line of standard input. */
  async askSecret(question: string): Promise<string> {
    const watched = this.input.isTTY === true;
    if (watched) this.errors.write(question);
    const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
    const lines = createInterface({ input: this.input, output: nowhere, terminal: watched });
    try {
      return await new Promise<string>((answer) => {
        lines.once('line', answer);
        lines.once('close', () => answer(''));
      });
    } finally {
      lines.close();
      if (watched) this.errors.write('\n');
    }
  }

  /** Whether a person can be asked. */
  get isInteractive(): boolean {
    return this.input.isTTY === true;
  }
}
