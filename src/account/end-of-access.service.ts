import { Injectable, type OnModuleInit } from '@nestjs/common';
import { clientEnded } from '../clients/clients.service.js';
import { userEnded } from '../identities/users.service.js';
import { systemActor } from '../kernel/actor.js';
import type { Ending } from '../kernel/endings.js';
import type { ClientId, MembershipId, ProjectId, UserId } from '../kernel/ids.js';
import type { JobContext } from '../kernel/job-handler.types.js';
import { Jobs } from '../kernel/jobs.js';
import { Outbox } from '../kernel/outbox.js';
import type { Topic } from '../kernel/topics.js';
import type { Tx } from '../kernel/tx.js';
import { LoginEndingsService } from '../logins/login-endings.service.js';
import { SessionsService } from '../logins/sessions.service.js';
import { membershipEnded } from '../memberships/memberships.service.js';
import { projectEnded } from '../projects/projects.service.js';

/** Logins ended in one transaction; the rest follows in the next ones, so that no lock is held for long. */
const batchSize = 500;

/**
 * Ends the sessions and logins of what was deactivated or removed (rulings 28). They are of no use since the fact
 * itself; ending them tells their clients, and keeps them ended when the thing is activated again.
 */
@Injectable()
export class EndOfAccessService implements OnModuleInit {
  constructor(
    private readonly jobs: Jobs,
    private readonly outbox: Outbox,
    private readonly sessions: SessionsService,
    private readonly logins: LoginEndingsService,
  ) {}

  onModuleInit(): void {
    this.end(userEnded, async (tx, { id, at }, { projectId }) => {
      const userId = id as UserId;
      const before = new Date(at);
      await this.sessions.endAll(tx, actorOf(userEnded), userId, 'user-deactivated', { projectId, before });
    });
    this.end(membershipEnded, async (tx, { id, at, of }, { projectId }) => {
      const member = { projectId: projectId!, userId: of as UserId, membershipId: id as MembershipId };
      const actor = actorOf(membershipEnded);
      await this.logins.revokeOfMembership(tx, actor, member, 'membership-ended', new Date(at));
    });
    this.endInBatches(clientEnded, (tx, { id, at }, { projectId }) => {
      const client = { id: id as ClientId, projectId };
      const actor = actorOf(clientEnded);
      return this.logins.revokeOfClient(tx, actor, client, 'client-deactivated', new Date(at), batchSize);
    });
    this.endInBatches(projectEnded, (tx, { id, at }) => {
      const actor = actorOf(projectEnded);
      const project = id as ProjectId;
      return this.logins.revokeOfProject(tx, actor, project, 'project-deactivated', new Date(at), batchSize);
    });
  }

  private end(
    topic: Topic<Ending>,
    run: (tx: Tx, ending: Ending, context: JobContext) => Promise<void>,
  ): void {
    this.jobs.handle(topic, { run });
  }

  /** A full batch leaves another one behind, in the same transaction. */
  private endInBatches(
    topic: Topic<Ending>,
    run: (tx: Tx, ending: Ending, context: JobContext) => Promise<number>,
  ): void {
    this.end(topic, async (tx, payload, context) => {
      if ((await run(tx, payload, context)) < batchSize) return;
      this.outbox.add(tx, { topic, payload, projectId: context.projectId });
    });
  }
}

const actorOf = (topic: Topic<Ending>) => systemActor(topic.name);
