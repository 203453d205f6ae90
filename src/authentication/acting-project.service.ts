import { Injectable } from '@nestjs/common';
import { AuditService } from '../audit/audit.service.js';
import { notFound } from '../kernel/errors.js';
import { type ProjectId, parseId } from '../kernel/ids.js';
import type { Caller } from './caller.js';

/**
 * The project that an admin acts in. A super admin acts in every project, an admin in his own: any other project is answered
 * as one that does not exist (rulings 24, V22).
 */
@Injectable()
export class ActingProjectService {
  constructor(private readonly audit: AuditService) {}

  /**
   * Not inside a transaction: a refusal is recorded in one of its own.
   * @param named what the caller named; its own project when it named none. @param door for the record.
   * @throws AppError `not-found`
   */
  async of(caller: Caller, named: string | null | undefined, door: 'graphql' | 'rest'): Promise<ProjectId> {
    const own = caller.projectId;
    if (own !== undefined && (named == null || named === own)) return own;
    const id = parseId<'Project'>(named);
    if (id && caller.superAdmin) return id;
    await this.refuse(caller, 'other-project', door);
    throw notFound();
  }

  /** Records that somebody asked for what is not theirs. */
  refuse({ actor, projectId }: Caller, asked: string, door: 'graphql' | 'rest'): Promise<void> {
    return this.audit.refuse({
      type: 'access.refused',
      actor,
      projectId: projectId ?? null,
      detail: { door, asked },
    });
  }
}
