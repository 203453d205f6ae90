import { Injectable, type OnModuleInit } from '@nestjs/common';
import { z } from 'zod';
import { Clock } from '../kernel/clock.js';
import { Config } from '../kernel/config.js';
import { invalidField } from '../kernel/errors.js';
import { type DeliveryId, newId, type ProjectId } from '../kernel/ids.js';
import { Outbox } from '../kernel/outbox.js';
import { type Page, type PageQuery, pageOf } from '../kernel/page.js';
import { Purges } from '../kernel/purges.js';
import { Sealer } from '../kernel/secrets.js';
import { defineTopic } from '../kernel/topics.js';
import type { Sink, Tx } from '../kernel/tx.js';
import { EmailDeliveriesStore } from './email-deliveries.store.js';
import type { DeliveryState, EmailDelivery } from './email-delivery.entity.js';
import { EmailTemplatesService } from './email-templates.service.js';
import type { Mail } from './mail-kinds.js';
import { type RenderedMail, renderMail } from './mail-rendering.js';

const payload = z.object({ deliveryId: z.custom<DeliveryId>((value) => typeof value === 'string') });

/** One mail: tried for about six hours, first again after two seconds. */
export const emailSend = defineTopic('email.send', payload, {
  attempts: 18,
  backoffMs: 2_000,
  leaseMs: 60_000,
});

/** What has become of a mail, without its content. */
export interface Delivery {
  readonly id: DeliveryId;
  readonly state: DeliveryState;
  /** What the mail server answered, or why there was no answer. */
  readonly words: string | null;
  readonly settledAt: Date | null;
}

/** A delivery without its mail. */
export type DeliveryRecord = Omit<EmailDelivery, 'sealed'>;

/** A mail that stayed here for want of a mail server, as `/dev/mailbox` shows it. */
export interface KeptMail extends RenderedMail {
  readonly id: DeliveryId;
  readonly kind: Mail['kind'];
  readonly to: string;
  readonly createdAt: Date;
  /** What it asks to open, and the code that it brings. */
  readonly link: string | undefined;
  readonly code: string | undefined;
}

const dayMs = 86_400_000;
// One address of one line that can stand between < and >: whoever wrote it here, it adds no header and no recipient.
const oneAddress = /^[^\p{C}\s<>,;:"()[\]\\@]{1,64}@[^\p{C}\s<>,;:"()[\]\\@]{1,255}$/u;

/** Mail: a row beside its fact, then one delivered mail. */
@Injectable()
export class EmailService implements OnModuleInit {
  constructor(
    private readonly store: EmailDeliveriesStore,
    private readonly outbox: Outbox,
    private readonly sealer: Sealer,
    private readonly clock: Clock,
    private readonly config: Config,
    private readonly purges: Purges,
    private readonly templates: EmailTemplatesService,
  ) {}

  onModuleInit(): void {
    this.purges.register({
      table: 'email_delivery',
      life: '90 days; the mail itself is erased once it is handed over or given up',
      purge: (tx, now, limit) => this.store.purge(tx, new Date(now.getTime() - 90 * dayMs), limit),
    });
    this.purges.register({
      table: 'email_delivery',
      life: 'the mail itself no longer than its link or code',
      purge: (tx, now, limit) => this.store.eraseExpired(tx, now, limit),
    });
  }

  /**
   * Sends a mail if, and only if, the transaction commits. What it holds is sealed until it is handed over.
   * @returns the id of its delivery
   * @throws AppError `invalid-input` (field `email`) when `to` is not one plain address
   */
  async queue(sink: Pick<Sink, 'batch' | 'afterCommit'>, mail: Mail): Promise<DeliveryId> {
    if (!oneAddress.test(mail.to)) throw invalidField('email', 'must be an e-mail address');
    const now = this.clock.now();
    const id = newId<'EmailDelivery'>(now);
    this.store.append(sink, {
      id,
      projectId: mail.project,
      userId: mail.userId ?? null,
      userScope: mail.userScope,
      kind: mail.kind,
      recipient: mail.to,
      state: 'queued',
      words: null,
      sealed: this.sealer.seal(placeOf(id, mail.project), JSON.stringify(mail)),
      createdAt: new Date(now),
      settledAt: null,
      expiresAt: 'expiresAt' in mail.data ? mail.data.expiresAt : null,
    });
    this.outbox.add(sink, { topic: emailSend, payload: { deliveryId: id }, projectId: mail.project });
    return id;
  }

  /** What has become of some mails; those whose record was purged are left out. */
  async states(tx: Tx, ids: readonly DeliveryId[]): Promise<Map<DeliveryId, Delivery>> {
    const rows = await this.store.findMany(tx, ids);
    return new Map(
      rows.map(({ id, state, words, settledAt }) => [id, { id, state, words, settledAt }] as const),
    );
  }

  /** Stops a mail that has not left yet, since what it would open is closed; one that has left stays as it is. */
  revoke(tx: Tx, id: DeliveryId): Promise<void> {
    return this.store.revoke(tx, id, this.clock.date());
  }

  /** Whether mail stays here to be read at `/dev/mailbox`: no mail server, and a base URL of this machine. */
  get keepsMail(): boolean {
    return this.config.smtpUrl === undefined && this.config.isLocal;
  }

  /** The newest mails that stay here. */
  async keptMails(tx: Tx, limit: number): Promise<KeptMail[]> {
    const shown: KeptMail[] = [];
    for (const row of await this.store.kept(tx, limit)) {
      const { mail, rendered } = await this.render(tx, row);
      shown.push({
        id: row.id,
        kind: row.kind,
        to: row.recipient,
        createdAt: row.createdAt,
        link: 'link' in mail.data ? mail.data.link : undefined,
        code: 'code' in mail.data ? mail.data.code : undefined,
        ...rendered,
      });
    }
    return shown;
  }

  /** The deliveries in the name of a project or of the server (`null`), newest first. */
  async list(tx: Tx, owner: ProjectId | null, query: PageQuery<DeliveryId>): Promise<Page<DeliveryRecord>> {
    return pageOf(await this.store.list(tx, owner, query), query);
  }

  /** A delivery that still holds its mail, as it is read. @throws Error when it was erased or is not of this row */
  async render(tx: Tx, row: EmailDelivery): Promise<{ mail: Mail; rendered: RenderedMail }> {
    const mail = this.open(row);
    return { mail, rendered: renderMail(mail, row.createdAt, await this.templates.lookOf(tx, mail)) };
  }

  private open({ id, projectId, sealed }: EmailDelivery): Mail {
    return JSON.parse(this.sealer.open(placeOf(id, projectId), sealed ?? ''), (key, value) =>
      key === 'expiresAt' || key === 'at' ? new Date(value) : value,
    );
  }
}

function placeOf(row: DeliveryId, project: string | null) {
  return { table: 'email_delivery', column: 'sealed', row, project };
}
