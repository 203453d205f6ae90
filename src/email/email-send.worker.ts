import { Injectable, type OnModuleInit } from '@nestjs/common';
import { AuditService } from '../audit/audit.service.js';
import { systemActor } from '../kernel/actor.js';
import { Clock } from '../kernel/clock.js';
import type { DeliveryId } from '../kernel/ids.js';
import type { EffectHandler, JobContext } from '../kernel/job-handler.types.js';
import { Jobs } from '../kernel/jobs.js';
import type { Tx } from '../kernel/tx.js';
import { EmailService, emailSend } from './email.service.js';
import { EmailDeliveriesStore } from './email-deliveries.store.js';
import type { EmailDelivery } from './email-delivery.entity.js';
import { EmailSettingsService } from './email-settings.service.js';
import { mailKinds } from './mail-kinds.js';
import {
  type Handover,
  type MailServer,
  MailTransportService,
  type OutgoingMail,
} from './mail-transport.service.js';

interface Payload {
  readonly deliveryId: DeliveryId;
}

interface Ready {
  readonly server: MailServer;
  readonly mail: OutgoingMail;
}

/** Hands queued mails to the mail server, at least once each; a second copy has the Message-ID of the first. */
@Injectable()
export class EmailSendWorker implements OnModuleInit, EffectHandler<Payload, Ready, Handover> {
  constructor(
    private readonly store: EmailDeliveriesStore,
    private readonly email: EmailService,
    private readonly transport: MailTransportService,
    private readonly audit: AuditService,
    private readonly clock: Clock,
    private readonly settings: EmailSettingsService,
    private readonly jobs: Jobs,
  ) {}

  onModuleInit(): void {
    this.jobs.handle(emailSend, this);
  }

  async prepare(tx: Tx, { deliveryId }: Payload): Promise<Ready | undefined> {
    const row = await this.store.find(tx, deliveryId);
    // Handed over, revoked, or erased when it was given up: there is nothing left to send.
    if (!row?.sealed || (row.state !== 'queued' && row.state !== 'failed')) return undefined;
    const now = this.clock.date();
    if (row.expiresAt && row.expiresAt <= now) {
      await this.store.settle(tx, row.id, { state: 'expired', words: null, keep: false }, now);
      return undefined;
    }
    const { from, server = this.transport.ownServer() } = await this.settings.routeOf(tx, row);
    if (!server && this.email.keepsMail) {
      await this.store.settle(tx, row.id, { state: 'kept', words: null, keep: true }, now);
      return undefined;
    }
    if (!server) throw new Error('There is no mail server. Set SMTP_URL and CAREKEY_MAIL_FROM');
    const { rendered } = await this.email.render(tx, row);
    const domain = from.address.slice(from.address.lastIndexOf('@') + 1);
    const messageId = `<${row.id}@${domain}>`;
    return { server, mail: { ...rendered, messageId, from, to: row.recipient, date: row.createdAt } };
  }

  send({ server, mail }: Ready, { signal }: JobContext): Promise<Handover> {
    return this.transport.send(server, mail, signal);
  }

  async finish(
    tx: Tx,
    { taken, words }: Handover,
    { deliveryId }: Payload,
    context: JobContext,
  ): Promise<void> {
    const row = await this.store.find(tx, deliveryId);
    if (!row) return;
    const state = taken ? 'handed-over' : 'refused';
    await this.store.settle(tx, row.id, { state, words, keep: false }, this.clock.date());
    const event = this.event(row, context);
    if (taken) this.audit.record(tx, event);
    else this.audit.recordRefusal(tx, event);
  }

  /** What opens something is erased with the last attempt (F122); other mails can be tried again by an admin. */
  async gaveUp(tx: Tx, { deliveryId }: Payload, context: JobContext, error: string): Promise<void> {
    const row = await this.store.find(tx, deliveryId);
    if (!row) return;
    const keep = !mailKinds[row.kind].secret;
    await this.store.settle(tx, row.id, { state: 'failed', words: error, keep }, this.clock.date());
    this.audit.recordRefusal(tx, this.event(row, context));
  }

  private event(row: EmailDelivery, { attempt }: JobContext) {
    return {
      type: 'email.sent',
      actor: systemActor(emailSend.name),
      projectId: row.projectId,
      target: { type: 'EmailDelivery', id: row.id },
      ...(row.userId && { userId: row.userId }),
      detail: { kind: row.kind, attempts: attempt },
    } as const;
  }
}
