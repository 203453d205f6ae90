interface Member<Sink> {
  readonly work: (sink: Sink) => void;
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * Gathers the writes of concurrent requests into one transaction: durable before the answer, one commit for many.
 * Only for work that reads nothing; a failure fails every member (rulings 30).
 */
export class GroupCommit<Sink> {
  private waiting: Member<Sink>[] = [];
  private running = 0;
  private scheduled = false;
  private crowded = false;

  /**
   * @param commit opens one transaction, hands its sink to `fill`, commits; rejects when nothing was committed.
   * @param maxRunning how many such transactions may be under way at once; further work joins the next one.
   * @param gatherMs how long a transaction waits for more members while there are many; a single one never waits.
   */
  constructor(
    private readonly commit: (fill: (sink: Sink) => void) => Promise<void>,
    private readonly maxRunning = 2,
    private readonly maxMembers = 64,
    private readonly gatherMs = 1,
  ) {}

  /** Adds work to the next shared transaction; resolves once that is committed. `work` may run more than once. */
  join(work: (sink: Sink) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ work, resolve, reject });
      this.schedule();
    });
  }

  private schedule(): void {
    if (this.scheduled || this.running >= this.maxRunning || this.waiting.length === 0) return;
    this.scheduled = true;
    const flush = () => {
      this.scheduled = false;
      this.flush();
    };
    // Whoever was answered together asks again together: starting with the first would leave the others to the next.
    if (this.crowded) setTimeout(flush, this.gatherMs);
    else setImmediate(flush);
  }

  private flush(): void {
    const members = this.waiting.splice(0, this.maxMembers);
    this.crowded = members.length > 1;
    this.running += 1;
    this.commit((sink) => {
      for (const member of members) member.work(sink);
    })
      .then(
        () => members.forEach((member) => member.resolve()),
        (reason: unknown) => members.forEach((member) => member.reject(reason)),
      )
      .finally(() => {
        this.running -= 1;
        this.schedule();
      });
    this.schedule();
  }
}
