import { Injectable } from '@nestjs/common';
import { type FindOptionsWhere, In, IsNull, MoreThan } from 'typeorm';
import type { Actor } from '../kernel/actor.js';
import { brokenConstraint } from '../kernel/database-errors.js';
import type { ProjectId, UserId } from '../kernel/ids.js';
import { type PageQuery, rowsToRead } from '../kernel/page.js';
import { RowVersions } from '../kernel/row-versions.js';
import { statement } from '../kernel/statement.js';
import type { Tx } from '../kernel/tx.js';
import { viewTerms } from '../r4/view-search.js';
import { emailTaken } from './identities.errors.js';
import { User } from './user.entity.js';
import { userTable } from './user.fhir.js';

const columns = `id, project_id AS "projectId", email, given_name AS "givenName", family_name AS "familyName",
  email_verified AS "emailVerified", claimed_at AS "claimedAt", active, created_at AS "createdAt",
  updated_at AS "updatedAt", version, author`;

const find = statement('user_account.find', `SELECT ${columns} FROM user_account WHERE id = $1`);

// The project's own user goes before the server-scoped one (wire-spec section 1.1).
const findForSignIn = statement(
  'user_account.findForSignIn',
  `SELECT ${columns} FROM user_account WHERE email = $1 AND (project_id = $2 OR project_id IS NULL)
   ORDER BY project_id NULLS LAST LIMIT 1`,
);

const emailIndexes = ['uq_user_account_server_email', 'uq_user_account_project_email'];

/** The rows of `user_account`. */
@Injectable()
export class UsersStore {
  constructor(private readonly versions: RowVersions) {}

  async find(tx: Tx, id: UserId): Promise<User | undefined> {
    return (await tx.sql<User>(find, [id]))[0];
  }

  async findForSignIn(tx: Tx, email: string, projectId: ProjectId | null): Promise<User | undefined> {
    return (await tx.sql<User>(findForSignIn, [email, projectId]))[0];
  }

  async findByEmail(tx: Tx, email: string, projectId: ProjectId | null): Promise<User | undefined> {
    return (await tx.manager.findOneBy(User, { email, ...inScope(projectId) })) ?? undefined;
  }

  async findInScope(tx: Tx, id: UserId, projectId: ProjectId | null): Promise<User | undefined> {
    return (await tx.manager.findOneBy(User, { id, ...inScope(projectId) })) ?? undefined;
  }

  findMany(tx: Tx, ids: readonly UserId[]): Promise<User[]> {
    return tx.manager.findBy(User, { id: In([...ids]) });
  }

  /** @throws AppError `email-taken` */
  async insert(tx: Tx, user: User): Promise<void> {
    const terms = viewTerms(userTable, user);
    try {
      await tx.manager.insert(User, { ...user, terms });
    } catch (error) {
      if (emailIndexes.includes(brokenConstraint(error) ?? '')) throw emailTaken({ cause: error });
      throw error;
    }
  }

  /** Writes `changes` over the row if it still has `version`, and keeps what it was; answers whether it did. */
  update(
    tx: Tx,
    actor: Actor,
    before: User,
    version: number,
    changes: Partial<User> & { readonly updatedAt: Date },
  ): Promise<boolean> {
    const terms = viewTerms(userTable, { ...before, ...changes });
    const { projectId } = before;
    return this.versions.replace(tx, User, { projectId, before, version, actor }, { ...changes, terms });
  }

  /** In id order; one row more than asked for when more follow. */
  list(tx: Tx, projectId: ProjectId | null, page: PageQuery<UserId>): Promise<User[]> {
    return tx.manager.find(User, {
      where: { ...inScope(projectId), ...(page.after ? { id: MoreThan(page.after) } : {}) },
      order: { id: 'ASC' },
      take: rowsToRead(page),
    });
  }
}

function inScope(projectId: ProjectId | null): FindOptionsWhere<User> {
  return { projectId: projectId ?? IsNull() };
}
