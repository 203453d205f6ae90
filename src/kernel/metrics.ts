import { Injectable } from '@nestjs/common';
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';

/** One thing that must hold before this process should get traffic. */
export interface ReadinessCheck {
  readonly name: string;
  /** Its failure makes the process unready; otherwise it is only shown. */
  readonly required: boolean;
  check(): Promise<boolean>;
}

/** Gauges, counters and readiness checks that folders register; `health` prints them. */
@Injectable()
export class Metrics {
  private readonly registry = new Registry();
  private readonly checks: ReadinessCheck[] = [];

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }

  /** A number that goes up and down, read when it is asked for. */
  gauge(name: string, help: string, read: () => number | Promise<number>): void {
    new Gauge({
      name,
      help,
      registers: [this.registry],
      async collect() {
        this.set(await read());
      },
    });
  }

  /** A number that only goes up. */
  counter<Label extends string>(
    name: string,
    help: string,
    labelNames: readonly Label[] = [],
  ): Counter<Label> {
    return new Counter({ name, help, labelNames, registers: [this.registry] });
  }

  /** Adds a readiness check. */
  ready(check: ReadinessCheck): void {
    this.checks.push(check);
  }

  /** Runs every readiness check; one that throws has failed. */
  async readiness(): Promise<{ ready: boolean; checks: Record<string, boolean> }> {
    const results = await Promise.all(
      this.checks.map(async (one) => ({ one, ok: await one.check().catch(() => false) })),
    );
    return {
      ready: results.every(({ one, ok }) => ok || !one.required),
      checks: Object.fromEntries(results.map(({ one, ok }) => [one.name, ok])),
    };
  }

  /** Everything in the text format of Prometheus. */
  text(): Promise<string> {
    return this.registry.metrics();
  }
}
