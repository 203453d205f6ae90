import { Injectable } from '@nestjs/common';
import { EmailService } from '../email/email.service.js';
import type { MailFactor } from '../email/mail-kinds.js';
import type { Tx } from '../kernel/tx.js';
import type { FactorOwner } from './factor.types.js';

/** Tells people by mail that their factors changed, whoever did it (NIST-20); the mail holds nothing that opens. */
@Injectable()
export class FactorNoticesService {
  constructor(private readonly email: EmailService) {}

  /** A factor was set up, or recovery codes were made anew. */
  async added(tx: Tx, owner: FactorOwner, factor: MailFactor): Promise<void> {
    const address = addressOf(owner);
    if (address) await this.email.queue(tx, { ...address, kind: 'factor-added', data: { factor } });
  }

  /** Factors were taken away. */
  async removed(tx: Tx, owner: FactorOwner, factor: MailFactor, byAdmin: boolean): Promise<void> {
    const address = addressOf(owner);
    if (address)
      await this.email.queue(tx, { ...address, kind: 'factor-removed', data: { factor, byAdmin } });
  }
}

/** Nothing for whoever has no address. */
function addressOf({ id, email, projectId }: FactorOwner) {
  if (email === null) return undefined;
  const userScope = projectId === null ? ('server' as const) : ('project' as const);
  return { to: email, project: projectId, userScope, userId: id };
}
