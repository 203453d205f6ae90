import { Injectable } from '@nestjs/common';
import { AuditService } from '../audit/audit.service.js';
import type { Actor } from '../kernel/actor.js';
import { Clock } from '../kernel/clock.js';
import { Config, type MailSender } from '../kernel/config.js';
import { conflict, invalidField } from '../kernel/errors.js';
import type { ProjectId } from '../kernel/ids.js';
import { parseInput } from '../kernel/input.js';
import { OutboundHttp } from '../kernel/outbound-http.js';
import { Sealer } from '../kernel/secrets.js';
import type { Tx } from '../kernel/tx.js';
import type { EmailDelivery } from './email-delivery.entity.js';
import { type EmailSettingsInput, emailSettingsInput } from './email-input.js';
import type { EmailSettings, OwnMailServer } from './email-settings.entity.js';
import { EmailSettingsStore } from './email-settings.store.js';
import type { MailServer } from './mail-transport.service.js';

/** Where mail servers take mail; another port might be anything (F85). */
const mailPorts: readonly number[] = [25, 465, 587, 2525];

/** By which mail server a mail leaves; without one of the project's own, by the server's. */
export interface MailRoute {
  readonly server: MailServer | undefined;
  readonly from: MailSender;
}

/** A project's mail: sender, language, colour, mail server. */
@Injectable()
export class EmailSettingsService {
  constructor(
    private readonly store: EmailSettingsStore,
    private readonly sealer: Sealer,
    private readonly audit: AuditService,
    private readonly config: Config,
    private readonly clock: Clock,
    private readonly outbound: OutboundHttp,
  ) {}

  /** The settings of a project; version 0 when nobody has made any. */
  async get(tx: Tx, projectId: ProjectId): Promise<EmailSettings> {
    const nothing = { senderName: null, locale: null, colour: null, mailServer: null, sealedPassword: null };
    const found = await this.store.settings(tx, projectId);
    return found ?? { projectId, ...nothing, updatedAt: this.clock.date(), version: 0 };
  }

  /**
   * Changes what the input names. A password is kept only for the server and user that it was given for (rulings 22).
   * @param version the version that the caller read
   * @throws AppError `invalid-input`, `conflict`
   */
  async edit(
    tx: Tx,
    actor: Actor,
    projectId: ProjectId,
    version: number,
    input: EmailSettingsInput,
  ): Promise<EmailSettings> {
    const { mailServer, ...rest } = parseInput(emailSettingsInput, input);
    if (mailServer) this.checkPort(mailServer);
    const before = await this.get(tx, projectId);
    const next: EmailSettings = {
      ...before,
      ...Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined)),
      ...(mailServer !== undefined && this.serverFrom(before, mailServer)),
      updatedAt: this.clock.date(),
      version: version + 1,
    };
    const done =
      version === 0 ? await this.store.insert(tx, next) : await this.store.update(tx, version, next);
    if (!done) throw conflict();
    this.audit.record(tx, {
      type: 'email.settings-changed',
      actor,
      projectId,
      target: { type: 'Project', id: projectId },
      detail: {
        changed: Object.keys(input).sort().join(' '),
        ...(mailServer && { mailServer: `${mailServer.host}:${mailServer.port}` }),
      },
    });
    return next;
  }

  /** Mail about a server-scoped user never leaves by a project's server, nor in its name (rulings 23, F58). */
  async routeOf(tx: Tx, { projectId, userScope }: EmailDelivery): Promise<MailRoute> {
    const { mailFrom } = this.config;
    if (projectId === null || userScope !== 'project') return { server: undefined, from: mailFrom };
    const { senderName, mailServer, sealedPassword } = await this.get(tx, projectId);
    const from = {
      name: senderName ?? mailFrom.name,
      address: mailServer?.from ?? mailFrom.address,
    };
    if (!mailServer) return { server: undefined, from };
    const { host, port, implicitTls, user } = mailServer;
    const password = sealedPassword && this.sealer.open(placeOf(projectId), sealedPassword);
    const login = user && password ? { user, password } : undefined;
    return { server: { host, port, implicitTls, login, byOperator: false }, from };
  }

  private checkPort({ host, port }: OwnMailServer): void {
    if (mailPorts.includes(port) || this.outbound.isAllowed(host, port)) return;
    throw invalidField('mailServer.port', `must be one of ${mailPorts.join(', ')}`);
  }

  private serverFrom(
    { projectId, mailServer: before, sealedPassword }: EmailSettings,
    given: (OwnMailServer & { password?: string | null | undefined }) | null,
  ): Pick<EmailSettings, 'mailServer' | 'sealedPassword'> {
    if (given === null) return { mailServer: null, sealedPassword: null };
    const { password, ...mailServer } = given;
    const same = (['host', 'port', 'implicitTls', 'user'] as const).every(
      (name) => before?.[name] === mailServer[name],
    );
    return {
      mailServer,
      sealedPassword: password
        ? this.sealer.seal(placeOf(projectId), password)
        : same
          ? sealedPassword
          : null,
    };
  }
}

function placeOf(projectId: ProjectId) {
  return { table: 'email_settings', column: 'sealed_password', row: projectId, project: projectId };
}
