import { Injectable, type OnModuleInit } from '@nestjs/common';
import { z } from 'zod';
import { AuditService } from '../audit/audit.service.js';
import type { ClientApplication } from '../clients/client-application.entity.js';
import { ClientsService } from '../clients/clients.service.js';
import { systemActor } from '../kernel/actor.js';
import { Clock } from '../kernel/clock.js';
import type { ClientId, LoginId, UserId } from '../kernel/ids.js';
import type { EffectHandler, JobContext } from '../kernel/job-handler.types.js';
import { Jobs } from '../kernel/jobs.js';
import { OutboundHttp } from '../kernel/outbound-http.js';
import { Outbox } from '../kernel/outbox.js';
import { defineTopic } from '../kernel/topics.js';
import type { Tx } from '../kernel/tx.js';
import { TokensService } from '../tokens/tokens.service.js';
import type { Login } from './login.entity.js';

const payload = z.object({
  clientId: z.custom<ClientId>(isText),
  loginId: z.custom<LoginId>(isText),
  userId: z.custom<UserId>(isText),
});

/** One logout token to one client: tried for about an hour, first again after two seconds. */
export const logoutNotification = defineTopic('logout.notify', payload, { attempts: 12, backoffMs: 2_000 });

type Payload = z.infer<typeof payload>;

/** A delivery that is ready but for its token, which is signed when it leaves. */
interface Delivery extends Payload {
  readonly address: string;
  readonly alg: ClientApplication['idTokenSignedResponseAlg'];
}

/**
 * Tells clients that a login has ended (OIDC Back-Channel Logout 1.0): a row beside the end, then a signed logout token,
 * delivered at least once. Ending an ended session is nothing, so a second delivery does no harm.
 */
@Injectable()
export class LogoutNotificationsService implements OnModuleInit, EffectHandler<Payload, Delivery, number> {
  constructor(
    private readonly clients: ClientsService,
    private readonly tokens: TokensService,
    private readonly outbound: OutboundHttp,
    private readonly outbox: Outbox,
    private readonly audit: AuditService,
    private readonly clock: Clock,
    private readonly jobs: Jobs,
  ) {}

  onModuleInit(): void {
    this.jobs.handle(logoutNotification, this);
  }

  /** Writes a row for each login of a person that ended before its time and whose client wants to know. */
  async add(tx: Tx, ended: readonly Login[]): Promise<void> {
    const now = this.clock.date();
    const early = ended.filter(({ userId, expiresAt }) => userId !== null && expiresAt > now);
    if (early.length === 0) return;
    const clients = await this.clients.findMany(tx, [...new Set(early.map(({ clientId }) => clientId))]);
    const told = new Set(clients.filter(isTold).map(({ id }) => id));
    for (const { id: loginId, clientId, userId, projectId } of early) {
      if (!told.has(clientId)) continue;
      this.outbox.add(tx, {
        topic: logoutNotification,
        payload: { clientId, loginId, userId: userId! },
        projectId,
      });
    }
  }

  /** A client that was switched off, or takes no logout tokens any more, is left alone. */
  async prepare(tx: Tx, due: Payload): Promise<Delivery | undefined> {
    const [client] = await this.clients.findMany(tx, [due.clientId]);
    if (!client || !isTold(client)) return undefined;
    return { ...due, address: client.backchannelLogoutUri, alg: client.idTokenSignedResponseAlg };
  }

  /** @throws Error, to be tried again, for every answer but 2xx: 400 may also mean that signing out failed (section 2.8). */
  async send({ address, alg, clientId, loginId, userId }: Delivery, { signal }: JobContext): Promise<number> {
    const token = await this.tokens.logoutToken({ sub: userId, clientId, loginId, alg });
    const { status } = await this.outbound.fetch(address, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ logout_token: token }).toString(),
      signal,
    });
    if (status < 200 || status > 299) throw new Error(`The app answered ${status} to the logout token`);
    return status;
  }

  async finish(tx: Tx, status: number, due: Payload, context: JobContext): Promise<void> {
    this.audit.record(tx, this.event(due, context, { status }));
  }

  async gaveUp(tx: Tx, due: Payload, context: JobContext, error: string): Promise<void> {
    this.audit.recordRefusal(tx, this.event(due, context, { error }));
  }

  private event(
    { clientId, loginId, userId }: Payload,
    { projectId, attempt }: JobContext,
    outcome: { readonly status: number } | { readonly error: string },
  ) {
    return {
      type: 'logout.notified',
      actor: systemActor(logoutNotification.name),
      projectId,
      clientId,
      loginId,
      userId,
      detail: { attempts: attempt, ...outcome },
    } as const;
  }
}

function isTold<Client extends ClientApplication>(
  client: Client,
): client is Client & { backchannelLogoutUri: string } {
  return client.active && client.backchannelLogoutUri !== null;
}

function isText(value: unknown): boolean {
  return typeof value === 'string';
}
