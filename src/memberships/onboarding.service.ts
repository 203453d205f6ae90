import { Injectable } from '@nestjs/common';
import type { ClientInput } from '../clients/client-input.js';
import { type ClientAndSecret, ClientsService } from '../clients/clients.service.js';
import { DirectoryService } from '../directory/directory.service.js';
import type { ProfileType } from '../directory/profile-resource.js';
import { PasswordsService, type PreparedPassword } from '../identities/passwords.service.js';
import type { User } from '../identities/user.entity.js';
import { UsersService } from '../identities/users.service.js';
import type { Actor } from '../kernel/actor.js';
import type { ProjectId } from '../kernel/ids.js';
import type { Tx } from '../kernel/tx.js';
import type { Project } from '../projects/project.entity.js';
import { type ProjectInput, ProjectsService } from '../projects/projects.service.js';
import { DefaultPoliciesService } from './default-policies.service.js';
import type { MembershipOptions } from './membership-input.js';
import { passwordNeedsProjectScope } from './memberships.errors.js';
import { MembershipsService } from './memberships.service.js';
import type { ProjectMembership } from './project-membership.entity.js';

/** A person to bring into a project. */
export interface NewPerson {
  readonly email: string;
  readonly givenName: string;
  readonly familyName: string;
  readonly profileType: ProfileType;
  /** `project`: a user of this project only. `server`: one account for many projects, credentials by the person alone. */
  readonly scope: 'project' | 'server';
  /** For a project-scoped user only (rulings 23). */
  readonly password?: PreparedPassword | undefined;
  /** `Patient/id` for a RelatedPerson. */
  readonly patient?: string | undefined;
  readonly membership?: MembershipOptions;
}

export interface NewPersonResult {
  readonly user: User;
  readonly membership: ProjectMembership;
}

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
   * A person with profile and membership. An address that has a server-scoped account already gets a membership that
   * waits for the person's acceptance (rulings 24).
   * @throws AppError `password-needs-project-scope`, `email-taken`, `invalid-input`
   */
  async addPerson(tx: Tx, actor: Actor, projectId: ProjectId, person: NewPerson): Promise<NewPersonResult> {
    if (person.password && person.scope === 'server') throw passwordNeedsProjectScope({ field: 'password' });
    const { email, givenName, familyName } = person;
    const known = person.scope === 'server' ? await this.users.findByEmail(tx, null, email) : undefined;
    const scope = person.scope === 'project' ? projectId : null;
    const user =
      known ?? (await this.users.create(tx, actor, { email, givenName, familyName, projectId: scope }));
    if (person.password) await this.passwords.set(tx, actor, user, person.password);
    return {
      user,
      membership: await this.join(tx, actor, projectId, user, person, scope === null ? 'pending' : 'active'),
    };
  }

  /** Another membership, with a profile of its own, for a user that exists. */
  async join(
    tx: Tx,
    actor: Actor,
    projectId: ProjectId,
    user: User,
    person: Pick<NewPerson, 'profileType' | 'patient' | 'membership'>,
    state: ProjectMembership['state'],
  ): Promise<ProjectMembership> {
    const { profileType, patient } = person;
    const { email, givenName, familyName } = user;
    const profile = await this.directory.createProfile(tx, actor, projectId, profileType, {
      email,
      givenName,
      familyName,
      patient,
    });
    const member = { projectId, member: { userId: user.id }, profileType, profileId: profile.id, state };
    return this.memberships.create(tx, actor, member, person.membership);
  }

  /** A client with its membership: it is its own profile. The secret, if it has one, is shown this once. */
  async addClient(
    tx: Tx,
    actor: Actor,
    projectId: ProjectId,
    input: ClientInput,
    membership: MembershipOptions = {},
  ): Promise<ClientAndSecret & { readonly membership: ProjectMembership }> {
    const made = await this.clients.create(tx, actor, projectId, input);
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
}
