import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import type { AnyHandler, EffectHandler, TransactionHandler } from './job-handler.types.js';
import { type Topic, topicCatalogue } from './topics.js';

/**
 * Who handles which topic. A provider takes its topics in its `onModuleInit`; once all have, the process refuses to
 * start when a topic has no handler.
 */
@Injectable()
export class Jobs implements OnApplicationBootstrap {
  private readonly handlers = new Map<string, AnyHandler>();

  /**
   * Makes `handler` the one that runs a topic.
   * @throws Error when the topic has one already.
   */
  handle<Payload, Prepared extends object, Outcome>(
    topic: Topic<Payload>,
    handler: TransactionHandler<Payload> | EffectHandler<Payload, Prepared, Outcome>,
  ): void {
    if (this.handlers.has(topic.name)) throw new Error(`Topic "${topic.name}" has two handlers`);
    this.handlers.set(topic.name, handler as AnyHandler);
  }

  /** The handler of a topic, if this process has one. */
  handlerOf(topic: string): AnyHandler | undefined {
    return this.handlers.get(topic);
  }

  /** @throws Error naming the topics that nobody handles. */
  onApplicationBootstrap(): void {
    const missing = topicCatalogue().filter(({ name }) => !this.handlers.has(name));
    if (missing.length > 0) {
      throw new Error(`No handler for the topic ${missing.map(({ name }) => `"${name}"`).join(', ')}`);
    }
  }
}
