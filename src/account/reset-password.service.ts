import { Injectable, type OnModuleInit } from '@nestjs/common';
import { z } from 'zod';
import { AuditService } from '../audit/audit.service.js';
import type { Actor } from '../kernel/actor.js';
import { Budgets } from '../kernel/budgets.js';
import { Clock } from '../kernel/clock.js';
import { Db } from '../kernel/db.js';
import { tooMany } from '../kernel/errors.js';
import { type Id, newId } from '../kernel/ids.js';
import { Jobs } from '../kernel/jobs.js';
import { Outbox } from '../kernel/outbox.js';
import { addressKey } from '../kernel/rate-limit.js';
import { Sealer } from '../kernel/secrets.js';
import { defineTopic } from '../kernel/topics.js';
import { ResetMailsService, type ResetRequest } from './reset-mails.service.js';

const payload = z.strictObject({ key: z.string(), sealed: z.string() });
const passwordReset = defineTopic('password.reset', payload);

/** Mails to one address in one project: more would only fill a mailbox. */
const mails = { limit: 3, windowMs: 3_600_000 };
/** Requests from one address of the network. */
const requests = { limit: 30, windowMs: 3_600_000 };

/**
 * Forgotten passwords. The door does the same for every address: it takes the budgets and leaves a job behind. Whether
 * anybody has the address is found out by the worker, so that neither the answer nor its time tells (rulings 24, 35).
 */
@Injectable()
export class ResetPasswordService implements OnModuleInit {
  constructor(
    private readonly db: Db,
    private readonly outbox: Outbox,
    private readonly jobs: Jobs,
    private readonly budgets: Budgets,
    private readonly sealer: Sealer,
    private readonly clock: Clock,
    private readonly audit: AuditService,
    private readonly mailer: ResetMailsService,
  ) {}

  onModuleInit(): void {
    this.jobs.handle(passwordReset, {
      run: async (tx, { key, sealed }) => {
        const request = JSON.parse(this.sealer.open(place(key), sealed)) as ResetRequest;
        await this.mailer.send(tx, request);
      },
    });
  }

  /**
   * Writes to whoever has the address, if anybody has. A fourth mail within an hour is not sent, and nobody is told.
   * @throws AppError `too-many-requests` for too many from one place
   */
  async ask(actor: Actor, request: ResetRequest): Promise<void> {
    const from = await this.budgets.take(`reset-password from ${addressKey(actor.request.ip)}`, requests);
    if (!from.allowed) throw tooMany({ retryAfter: from.retryAfterSeconds });
    const name = `${request.projectId ?? ''} ${request.email}`;
    const { allowed } = await this.budgets.take(`reset-password ${name}`, mails);
    await this.db.tx(async (tx) => {
      // Stored sealed and recorded as a keyed hash: people type other things than addresses (F103).
      const key: Id = newId(this.clock.now());
      const sealed = this.sealer.seal(place(key), JSON.stringify(request));
      if (allowed) this.outbox.add(tx, { topic: passwordReset, payload: { key, sealed }, projectId: null });
      this.audit.record(tx, {
        type: 'password.reset-asked',
        actor,
        projectId: null,
        detail: { name: this.sealer.keyedHash('name-hash', name).toString('base64url'), sent: allowed },
      });
    });
  }
}

const place = (row: string) => ({ table: 'outbox', column: 'payload', row, project: null });
