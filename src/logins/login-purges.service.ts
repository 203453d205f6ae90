import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Purges } from '../kernel/purges.js';
import { AuthorizationRequestsStore } from './authorization-requests.store.js';
import { CodesStore } from './codes.store.js';
import { HalfSignInsStore } from './half-sign-ins.store.js';
import { LoginsStore } from './logins.store.js';
import { SessionsStore } from './sessions.store.js';

/** States how long the rows of this folder live, and deletes them afterwards. */
@Injectable()
export class LoginPurgesService implements OnModuleInit {
  constructor(
    private readonly purges: Purges,
    private readonly logins: LoginsStore,
    private readonly sessions: SessionsStore,
    private readonly codes: CodesStore,
    private readonly requests: AuthorizationRequestsStore,
    private readonly halves: HalfSignInsStore,
  ) {}

  onModuleInit(): void {
    this.purges.register({
      table: 'login',
      life: 'until the last token of it has expired; takes its authorization codes along',
      purge: (tx, now, limit) => this.logins.purge(tx, now, limit),
    });
    this.purges.register({
      table: 'browser_session',
      life: '12 hours from the sign-in',
      purge: (tx, now, limit) => this.sessions.purge(tx, now, limit),
    });
    this.purges.register({
      table: 'login_handle',
      life: '15 minutes',
      purge: (tx, now, limit) => this.codes.purgeHandles(tx, now, limit),
    });
    this.purges.register({
      table: 'authorization_request',
      life: '15 minutes',
      purge: (tx, now, limit) => this.requests.purge(tx, now, limit),
    });
    this.purges.register({
      table: 'half_sign_in',
      life: '10 minutes',
      purge: (tx, now, limit) => this.halves.purge(tx, now, limit),
    });
  }
}
