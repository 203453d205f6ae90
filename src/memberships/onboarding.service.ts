import { Injectable } from '@nestjs/common';
import { builtInClientId, builtInClientInput } from '../clients/built-in-client.js';
import type { ClientInput } from '../clients/client-input.js';
import { type ClientAndSecret, ClientsService } from '../clients/clients.service.js';
import { DirectoryService } from '../directory/directory.service.js';
import type { ProfileType } from '../directory/profile-resource.js';
import { emailTaken } from '../identities/identities.errors.js';
import { PasswordsService, type PreparedPassword } from '../identities/passwords.service.js';
import type { User } from '../identities/user.entity.js';
import { UsersService } from '../identities/users.service.js';
import type { Actor } from '../kernel/actor.js';
import { AppError, conflict } from '../kernel/errors.js';
import type { Id, ProjectId } from '../kernel/ids.js';
import type { Tx } from '../kernel/tx.js';
import type { Project } from '../projects/project.entity.js';
import { type ProjectInput, ProjectsService } from '../projects/projects.service.js';
import { DefaultPoliciesService } from './default-policies.service.js';
import type { NewMember } from './member-checks.service.js';
import type { MembershipOptions } from './membership-input.js';
import {
  alreadyMember,
  emailOrExternalId,
  passwordNeedsProjectScope,
  serverScopeNeedsEmail,
} from './memberships.errors.js';
import { MembershipsService } from './memberships.service.js';
import type { ProjectMembership } from './project-membership.entity.js';

/** A person to bring into a project. */
export interface NewPerson {
  /** Absent for a user of the project whom it knows by `membership.externalId`. */
  readonly email?: string | undefined;
  readonly givenName: string;
  readonly familyName: string;
  readonly profileType: ProfileType;
  /** `project`: a user of this project only. `server`: one account for many projects, credentials by the person alone. */
  readonly scope: 'project' | 'server';
  /** For a project-scoped user only (rulings 23). */
  readonly password?: PreparedPassword | undefined;
  /** `Patient/id` for a RelatedPerson. */
  readonly patient?: string | undefined;
  /** A profile that there is, instead of a new one. */
  readonly profileId?: Id | undefined;
  readonly membership?: MembershipOptions;
  /** A further membership is meant, should the user have one here already. */
  readonly another?: boolean;
}

export interface NewPersonResult {
  readonly user: User;
  readonly membership: ProjectMembership;
  /** Whether the user was made by this. */
  readonly isNew: boolean;
}

/** What a membership is made from besides its user; names are the user's own unless given. */
type JoiningPerson = Pick<NewPerson, 'profileType' | 'patient' | 'profileId' | 'membership' | 'another'> &
  Partial<Pick<NewPerson, 'givenName' | 'familyName'>>;

/** Brings projects, people and clients in, each with all that belongs to it, in one transaction. */
@Injectable()
export class OnboardingService {
  constructor(
    private readonly projects: ProjectsService,
    private readonly users: UsersService,
    private readonly passwords: PasswordsService,
    private readonly clients: ClientsService,
    private readonly directory: DirectoryService,
    private readonly memberships: MembershipsService,
    private readonly defaults: DefaultPoliciesService,
  ) {}

  /** A project with its default policies. */
  async createProject(tx: Tx, actor: Actor, input: ProjectInput): Promise<Project> {
    const project = await this.projects.create(tx, actor, input);
    await this.defaults.provision(tx, actor, project.id);
    return project;
  }

  /**
   * A person with profile and membership. The membership of a server-scoped user waits for the person's acceptance,
   * whether the address had an account before or not, and the profile says what the caller said: the answer does not
   * tell which it was (rulings 24).
   * @param known the user of the project with this address, where having one already is no mistake; its password and names
   * stay (wire-spec section 8.2).
   * @throws AppError `password-needs-project-scope`, `email-taken`, `already-member`, `invalid-input`, `not-found`,
   * `email-or-external-id-required`, `server-scope-needs-email`
   */
  async addPerson(
    tx: Tx,
    actor: Actor,
    projectId: ProjectId,
    person: NewPerson,
    known?: User,
  ): Promise<NewPersonResult> {
    if (!person.email && person.scope === 'server') throw serverScopeNeedsEmail({ field: 'scope' });
    if (!person.email && !person.membership?.externalId) throw emailOrExternalId({ field: 'email' });
    if (person.password && person.scope === 'server') throw passwordNeedsProjectScope({ field: 'password' });
    await this.refuseBothScopes(tx, projectId, person);
    const found = known ?? (await this.serverUser(tx, person));
    const user = found ?? (await this.createUser(tx, actor, projectId, person));
    if (person.password && !found) await this.passwords.set(tx, actor, user, person.password);
    const state = person.scope === 'server' ? 'pending' : 'active';
    const membership = await this.join(tx, actor, projectId, user, person, state);
    return { user, membership, isNew: !found };
  }

  /** Another membership, with a profile of its own or one that there is, for a user that exists. */
  async join(
    tx: Tx,
    actor: Actor,
    projectId: ProjectId,
    user: User,
    person: JoiningPerson,
    state: ProjectMembership['state'],
  ): Promise<ProjectMembership> {
    const { profileType, patient, another = false } = person;
    const profileId =
      person.profileId ??
      (
        await this.directory.createProfile(tx, actor, projectId, profileType, {
          email: user.email ?? undefined,
          givenName: person.givenName ?? user.givenName,
          familyName: person.familyName ?? user.familyName,
          patient,
        })
      ).id;
    const member = { projectId, member: { userId: user.id }, profileType, profileId, state };
    return this.memberships.create(tx, actor, member, person.membership, { another });
  }

  /**
   * A membership for a user or client of the project, with a profile that there is. A server-scoped user is not found:
   * such a person is invited by address (rulings 24).
   * @throws AppError as `MembershipsService.create`
   */
  async joinAs(
    tx: Tx,
    actor: Actor,
    projectId: ProjectId,
    member: Pick<NewMember, 'member' | 'profileType' | 'profileId'>,
    membership: MembershipOptions,
  ): Promise<ProjectMembership> {
    if ('userId' in member.member) await this.users.get(tx, projectId, member.member.userId);
    return this.memberships.create(tx, actor, { ...member, projectId, state: 'active' }, membership);
  }

  /** A client with its membership: it is its own profile. The secret, if it has one, is shown this once. */
  async addClient(
    tx: Tx,
    actor: Actor,
    projectId: ProjectId,
    input: ClientInput,
    membership: MembershipOptions = {},
  ): Promise<ClientAndSecret & { readonly membership: ProjectMembership }> {
    const made = await this.clients.create(tx, actor, projectId, {
      ...input,
      grantTypes: input.grantTypes ?? ['authorization_code', 'refresh_token', 'client_credentials'],
    });
    const { id } = made.client;
    const member = {
      projectId,
      member: { clientId: id },
      profileType: 'ClientApplication' as const,
      profileId: id,
      state: 'active' as const,
    };
    return { ...made, membership: await this.memberships.create(tx, actor, member, membership) };
  }

  /** The client of logins that name none, where it is missing; it has no membership. The caller holds a lock. */
  async ensureBuiltInClient(tx: Tx, actor: Actor): Promise<void> {
    if ((await this.clients.findMany(tx, [builtInClientId])).length > 0) return;
    await this.clients.create(tx, actor, null, builtInClientInput, builtInClientId);
  }

  private async serverUser(tx: Tx, { scope, email }: NewPerson): Promise<User | undefined> {
    return scope === 'server' && email !== undefined ? this.users.findByEmail(tx, null, email) : undefined;
  }

  private async createUser(tx: Tx, actor: Actor, owner: ProjectId, person: NewPerson): Promise<User> {
    const { scope, email = null, givenName, familyName } = person;
    const projectId = scope === 'server' ? null : owner;
    try {
      return await this.users.create(tx, actor, { email, givenName, familyName, projectId });
    } catch (error) {
      // Somebody else made it in between; saying so would tell that the address has an account.
      if (scope === 'server' && error instanceof AppError && error.code === emailTaken().code)
        throw conflict();
      throw error;
    }
  }

  /** One address is one person in a project: of either scope, not of both, as only one of them could sign in here. */
  private async refuseBothScopes(tx: Tx, projectId: ProjectId, person: NewPerson): Promise<void> {
    if (person.email === undefined || person.another) return;
    const otherScope = person.scope === 'server' ? projectId : null;
    const other = await this.users.findByEmail(tx, otherScope, person.email);
    if (!other) return;
    if (person.scope === 'server') throw emailTaken({ field: 'email' });
    const memberships = await this.memberships.ofUser(tx, other.id, projectId);
    if (memberships.length > 0) throw alreadyMember({ field: 'email' });
  }
}
