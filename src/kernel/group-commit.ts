/**
 * Gathers the writes of concurrent requests into one transaction: durable before the answer, one commit for many.
 * Only for work that reads nothing; a failure fails every member (rulings 30).
 */
export class GroupCommit<Sink> {
  private waiting: { work: (sink: Sink) => void; resolve: () => void; reject: (reason: unknown) => void }[] =
    [];
  private running = 0;

  /**
   * @param commit opens one transaction, hands its sink to `fill`, commits; rejects when nothing was committed.
   * @param maxRunning how many such transactions may be under way at once; further work joins the next one.
   */
  constructor(
    private readonly commit: (fill: (sink: Sink) => void) => Promise<void>,
    private readonly maxRunning = 2,
    private readonly maxMembers = 64,
  ) {}

  /** Adds work to the next shared transaction; resolves once that is committed. `work` may run more than once. */
  join(work: (sink: Sink) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ work, resolve, reject });
      if (this.running < this.maxRunning) setImmediate(() => this.flush());
    });
  }

  private flush(): void {
    if (this.running >= this.maxRunning || this.waiting.length === 0) return;
    const members = this.waiting.splice(0, this.maxMembers);
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
        this.flush();
      });
  }
}
