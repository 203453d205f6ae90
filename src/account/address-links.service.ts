import { Injectable } from '@nestjs/common';
import { AuditService } from '../audit/audit.service.js';
import { OneTimeLinksService } from '../identities/one-time-links.service.js';
import type { Actor } from '../kernel/actor.js';
import { Db } from '../kernel/db.js';
import type { PasswordLinkFault } from './password-links.service.js';
import { ProofsService } from './proofs.service.js';

/** Links by which a person proves that an address is theirs (wire-spec section 2.5, verifyemail). */
@Injectable()
export class AddressLinksService {
  constructor(
    private readonly db: Db,
    private readonly links: OneTimeLinksService,
    private readonly proofs: ProofsService,
    private readonly audit: AuditService,
  ) {}

  /** Uses a link up. @returns what is wrong with it, if anything. */
  async verify(actor: Actor, id: string, secret: string): Promise<PasswordLinkFault | undefined> {
    const fault = await this.db.tx(async (tx) => {
      const presented = await this.links.present(tx, id, secret);
      if (!presented.ok) return presented.fault;
      const { link } = presented;
      if (link.purpose !== 'verify-email') return 'purpose';
      const user = await this.proofs.activeUser(tx, link.userId);
      if (!user || !(await this.links.use(tx, link.id))) return 'used';
      await this.proofs.verified(tx, { ...actor, kind: 'user', userId: user.id }, user);
      return undefined;
    });
    if (fault) {
      const detail = { reason: `link-${fault}`, link: id.slice(0, 36) };
      await this.audit.refuse({ type: 'user.changed', actor, projectId: null, detail });
    }
    return fault;
  }
}
