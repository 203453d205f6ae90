import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { QueueConnection } from './queue.js';

/** Closes the pool of the queue once queue and worker, which only borrow it, are closed. */
@Injectable()
export class QueuePool implements OnApplicationShutdown {
  constructor(private readonly connection: QueueConnection) {}

  async onApplicationShutdown(): Promise<void> {
    if ('pool' in this.connection) await this.connection.pool.end();
  }
}
