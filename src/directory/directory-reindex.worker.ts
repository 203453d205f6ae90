import { Injectable, type OnModuleInit } from '@nestjs/common';
import { z } from 'zod';
import { Db } from '../kernel/db.js';
import type { EffectHandler, JobContext } from '../kernel/job-handler.types.js';
import { Jobs } from '../kernel/jobs.js';
import { Log } from '../kernel/log.js';
import { defineTopic } from '../kernel/topics.js';
import { DirectorySearchService } from './directory-search.service.js';

/** Makes what searches need where much of it is missing: after an upgrade that changed it, after an import. */
const reindex = defineTopic('directory.reindex', z.object({}), {
  everyMs: 300_000,
  attempts: 3,
  backoffMs: 60_000,
  leaseMs: 600_000,
});

/** A few resources are left to the search that needs them: a server that answers no searches never loads FHIR for it. */
@Injectable()
export class DirectoryReindexWorker implements OnModuleInit, EffectHandler<object, object, void> {
  constructor(
    private readonly jobs: Jobs,
    private readonly db: Db,
    private readonly search: DirectorySearchService,
    private readonly log: Log,
  ) {}

  onModuleInit(): void {
    this.jobs.handle(reindex, this);
  }

  async prepare(): Promise<object | undefined> {
    return (await this.db.read((tx) => this.search.isFarBehind(tx))) ? {} : undefined;
  }

  async send(_: object, { signal }: Pick<JobContext, 'signal'>): Promise<void> {
    let count = 0;
    for (let done = 1; done > 0; count += done) {
      signal.throwIfAborted();
      done = await this.db.tx((tx) => this.search.catchUp(tx));
    }
    this.log.info('Indexed resources for searches', { count });
  }

  async finish(): Promise<void> {}
}
