import { AccessPolicyService } from '../../src/access-policy/access-policy.service.js';
import { ClientSecretsService } from '../../src/clients/client-secrets.service.js';
import { systemActor } from '../../src/kernel/actor.js';
import { Db } from '../../src/kernel/db.js';
import type { MembershipId, ProjectId, UserId } from '../../src/kernel/ids.js';
import { KeyRotationService } from '../../src/keys/key-rotation.service.js';
import { LoginsService } from '../../src/logins/logins.service.js';
import { SessionsService } from '../../src/logins/sessions.service.js';
import { InvitingService } from '../../src/memberships/inviting.service.js';
import { OnboardingService } from '../../src/memberships/onboarding.service.js';
import type { AdminWorld } from '../helpers/admin-world.js';
import type { WorldProject } from '../helpers/world.js';

/** What is expected of one field of Query or Mutation. */
export interface Operation {
  /** Who may call it. */
  readonly rule: 'member' | 'admin' | 'super-admin';
  /** How it names the project that it acts in; absent: it knows no projects. */
  readonly names?: 'projectId' | 'id';
  /** Arguments that work inside the project of `make`; what they name is made anew. Without `projectId`. */
  readonly args: (make: Maker) => Promise<object> | object;
  /** Whether these name a row of a project. */
  readonly row?: true;
  /** What a super admin gets, if no answer. */
  readonly superGets?: string;
}

const actor = systemActor('test');
const nobody = '01890000-0000-7000-8000-000000000000';

/** Makes rows of one project, by the services that the doors use. */
export class Maker {
  private readonly db: Db;

  constructor(
    readonly world: AdminWorld,
    readonly project: WorldProject,
  ) {
    this.db = world.app.get(Db);
  }

  /** A person without a password, so that nothing has to be hashed. */
  async person(): Promise<{ userId: UserId; membershipId: MembershipId }> {
    const person = { email: newEmail(), givenName: 'Ada', familyName: 'Quill', scope: 'project' } as const;
    const { user, membership } = await this.db.tx((tx) =>
      this.world.app
        .get(OnboardingService)
        .addPerson(tx, actor, this.project.id, { ...person, profileType: 'Practitioner' }),
    );
    return { userId: user.id, membershipId: membership.id };
  }

  async user(): Promise<{ id: string; version: number }> {
    return { id: (await this.person()).userId, version: 1 };
  }

  async membership(): Promise<{ id: string; version: number }> {
    return { id: (await this.person()).membershipId, version: 1 };
  }

  async invitation(): Promise<{ id: string; version: number }> {
    const person = { email: newEmail(), givenName: 'Ada', familyName: 'Quill', scope: 'project' } as const;
    const { invitation } = await this.db.tx((tx) =>
      this.world.app
        .get(InvitingService)
        .invite(tx, actor, this.project.id, { ...person, profileType: 'Practitioner' }, undefined),
    );
    return { id: invitation!.id, version: 1 };
  }

  async policy(): Promise<{ id: string; version: number }> {
    const policies = this.world.app.get(AccessPolicyService);
    return this.db.tx((tx) => policies.create(tx, actor, this.project.id, { name: 'A policy' }));
  }

  async client(): Promise<{ id: string; version: number }> {
    const input = { name: 'A client', grantTypes: ['client_credentials'] };
    const made = await this.db.tx((tx) =>
      this.world.app.get(OnboardingService).addClient(tx, actor, this.project.id, input),
    );
    return { id: made.client.id, version: 1 };
  }

  async rotatingClient(): Promise<{ id: string }> {
    const { id } = await this.client();
    const secrets = this.world.app.get(ClientSecretsService);
    await this.db.tx((tx) => secrets.rotate(tx, actor, this.project.id, id as never));
    return { id };
  }

  async session(): Promise<{ id: string; userId: string }> {
    const { userId } = await this.person();
    const proof = { userId, vouchedBy: 'person' as const, amr: ['pwd'] };
    const { session } = await this.db.tx((tx) => this.world.app.get(SessionsService).open(tx, actor, proof));
    return { id: session.id, userId };
  }

  async login(): Promise<{ id: string; membershipId: string; userId: string }> {
    const { userId, membershipId } = await this.person();
    const login = await this.db.tx(async (tx) =>
      this.world.app.get(LoginsService).start(tx, actor, {
        projectId: this.project.id,
        userId,
        clientId: this.project.app.id,
        membershipId,
        sessionId: null,
        method: 'password',
        vouchedBy: 'person',
        reach: 'full',
        scope: 'openid profile',
        requestedScope: 'openid profile',
        authTime: this.world.app.clock.date(),
        amr: ['pwd'],
        life: 3_600_000,
      }),
    );
    return { id: login.id, membershipId, userId };
  }

  async freshProject(): Promise<{ id: ProjectId }> {
    return this.db.tx((tx) =>
      this.world.app.get(OnboardingService).createProject(tx, actor, { name: 'Fresh' }),
    );
  }

  /** The same thing, deactivated through the door. */
  async inactive(type: 'Project' | 'User' | 'Membership' | 'Client', wanted: Promise<{ id: string }>) {
    const { id } = await wanted;
    const place = type === 'Project' ? {} : { projectId: this.project.id };
    const text = `mutation ($input: ${type}IdInput!) { deactivate${type}(input: $input) { __typename } }`;
    const { errors } = await this.world.graphql('super', text, { input: { id, ...place } });
    if (errors.length > 0) throw new Error(JSON.stringify(errors));
    return { id };
  }

  async spareKey(): Promise<{ kid: string }> {
    const { kid } = await this.db.tx((tx) =>
      this.world.app.get(KeyRotationService).rotate(tx, actor, 'RS256'),
    );
    return { kid };
  }
}

const input = async (fields: object | Promise<object>) => ({ input: await fields });
const inProject = { rule: 'admin', names: 'projectId' } as const;
const ofRow = { ...inProject, row: true } as const;
const ofServer = { rule: 'super-admin' } as const;
let made = 0;
const newEmail = () => `made-${++made}@example.org`;

const template = () => ({
  kind: 'RESET_PASSWORD',
  language: 'en',
  words: { subject: 'A new password', heading: 'A new password', body: 'For {project}.' },
});

const only = async (wanted: Promise<{ id: string }>) => ({ id: (await wanted).id });
const edited = async (wanted: Promise<{ id: string; version: number }>, changes: object) => {
  const { id, version } = await wanted;
  return { id, version, ...changes };
};

/** Every field of Query and Mutation: a field that is not named here fails the test. */
export const operations: Readonly<Record<string, Operation>> = {
  'Query.me': { rule: 'member', args: () => ({}) },
  'Query.project': { rule: 'admin', names: 'id', args: () => ({}) },
  'Query.projects': { rule: 'admin', args: () => ({}) },
  'Query.user': { ...ofRow, args: (make) => only(make.user()) },
  'Query.users': { ...inProject, args: () => ({ first: 100 }) },
  'Query.membership': { ...ofRow, args: (make) => only(make.membership()) },
  'Query.memberships': { ...inProject, args: () => ({ first: 50 }) },
  'Query.accessPolicy': { ...ofRow, args: (make) => only(make.policy()) },
  'Query.accessMatrix': {
    ...ofRow,
    args: async (make) => ({ membershipId: (await make.membership()).id }),
  },
  'Query.explainAccess': {
    ...ofRow,
    args: async (make) => ({
      membershipId: (await make.membership()).id,
      interaction: 'READ',
      resourceType: 'Patient',
    }),
  },
  'Query.compareAccessPolicies': {
    ...ofRow,
    args: async (make) => ({ first: (await make.policy()).id, second: (await make.policy()).id }),
  },
  'Query.accessPolicies': { ...inProject, args: () => ({}) },
  'Query.defaultAccessPolicies': { ...inProject, args: () => ({}) },
  'Query.client': { ...ofRow, args: (make) => only(make.client()) },
  'Query.clients': { ...inProject, args: () => ({}) },
  'Query.signingKeys': { ...ofServer, args: () => ({}) },
  'Query.logins': {
    ...inProject,
    args: async (make) => {
      await make.login();
      return {};
    },
  },
  'Query.sessions': { ...ofRow, args: async (make) => ({ userId: (await make.session()).userId }) },
  'Query.auditRecords': { ...inProject, args: () => ({ first: 100 }) },
  'Query.deadLetters': { ...ofServer, args: () => ({}) },

  'Query.emailDeliveries': { ...inProject, args: () => ({}) },
  'Query.emailSettings': { ...inProject, args: () => ({}) },
  'Query.emailTemplates': { ...inProject, args: () => ({}) },
  'Query.emailTemplateKinds': { rule: 'admin', args: () => ({}) },
  'Query.emailPreview': { ...inProject, args: () => ({ kind: 'SET_PASSWORD', language: 'de' }) },

  'Mutation.createProject': { ...ofServer, args: () => input({ name: 'New clinic' }) },
  'Mutation.editProject': {
    rule: 'admin',
    names: 'id',
    args: async ({ world, project }) => {
      const { data } = await world.graphql('super', `{ project(id: "${project.id}") { version } }`);
      return input({ version: data.project.version, description: 'Of the north' });
    },
  },
  'Mutation.deactivateProject': { ...ofServer, args: (make) => input(only(make.freshProject())) },
  'Mutation.activateProject': {
    ...ofServer,
    args: (make) => input(make.inactive('Project', make.freshProject())),
  },

  'Mutation.createUser': {
    ...inProject,
    args: () =>
      input({ email: newEmail(), givenName: 'Grace', familyName: 'Hill', profileType: 'Practitioner' }),
  },
  'Mutation.editUser': { ...ofRow, args: (make) => input(edited(make.user(), { givenName: 'Grace' })) },
  'Mutation.deactivateUser': { ...ofRow, args: (make) => input(only(make.user())) },
  'Mutation.activateUser': { ...ofRow, args: (make) => input(make.inactive('User', make.user())) },
  'Mutation.unlockUser': { ...ofRow, args: (make) => input(only(make.user())) },
  'Mutation.resetFactors': { ...ofRow, args: (make) => input(only(make.user())) },
  'Mutation.requireSecondFactor': {
    ...ofRow,
    args: async (make) => input({ id: (await make.user()).id, required: true }),
  },
  'Mutation.requireSecondFactorOfMember': {
    ...ofRow,
    args: async (make) => input({ id: (await make.membership()).id, required: true }),
  },

  'Query.invitation': { ...ofRow, args: (make) => only(make.invitation()) },
  'Query.invitations': { ...inProject, args: () => ({}) },
  'Mutation.inviteUser': {
    ...inProject,
    args: () =>
      input({ email: newEmail(), givenName: 'Grace', familyName: 'Hill', profileType: 'Practitioner' }),
  },
  'Mutation.resendInvitation': { ...ofRow, args: (make) => input(only(make.invitation())) },
  'Mutation.revokeInvitation': { ...ofRow, args: (make) => input(only(make.invitation())) },
  'Mutation.createMembership': {
    ...ofRow,
    args: async (make) =>
      input({ userId: (await make.user()).id, profileType: 'Practitioner', another: true }),
  },
  'Mutation.editMembership': {
    ...ofRow,
    args: (make) => input(edited(make.membership(), { changes: { label: 'Night shift' } })),
  },
  'Mutation.deactivateMembership': { ...ofRow, args: (make) => input(only(make.membership())) },
  'Mutation.activateMembership': {
    ...ofRow,
    args: (make) => input(make.inactive('Membership', make.membership())),
  },
  'Mutation.removeMembership': { ...ofRow, args: (make) => input(only(make.membership())) },

  'Mutation.createAccessPolicy': { ...inProject, args: () => input({ name: 'Nurses' }) },
  'Mutation.editAccessPolicy': {
    ...ofRow,
    args: (make) => input(edited(make.policy(), { resource: [{ resourceType: 'Patient' }] })),
  },
  'Mutation.removeAccessPolicy': { ...ofRow, args: (make) => input(only(make.policy())) },
  'Mutation.setDefaultAccessPolicy': {
    ...ofRow,
    args: async (make) => input({ for: 'Patient', accessPolicyId: (await make.policy()).id }),
  },

  'Mutation.createClient': { ...inProject, args: () => input({ name: 'New app' }) },
  'Mutation.editClient': { ...ofRow, args: (make) => input(edited(make.client(), { name: 'Other' })) },
  'Mutation.deactivateClient': { ...ofRow, args: (make) => input(only(make.client())) },
  'Mutation.activateClient': { ...ofRow, args: (make) => input(make.inactive('Client', make.client())) },
  'Mutation.removeClient': { ...ofRow, args: (make) => input(only(make.client())) },
  'Mutation.rotateClientSecret': { ...ofRow, args: (make) => input(only(make.client())) },
  'Mutation.finishClientSecretRotation': { ...ofRow, args: (make) => input(make.rotatingClient()) },

  'Mutation.editEmailSettings': {
    ...inProject,
    args: async ({ world, project }) => {
      const { data } = await world.graphql(
        'super',
        `{ emailSettings(projectId: "${project.id}") { version } }`,
      );
      return input({ version: data.emailSettings.version, senderName: 'North clinic' });
    },
  },
  'Mutation.saveEmailTemplate': { ...inProject, args: () => input(template()) },
  'Mutation.removeEmailTemplate': {
    ...inProject,
    args: async ({ world, project }) => {
      const { words, ...key } = template();
      const text =
        'mutation ($input: SaveEmailTemplateInput!) { saveEmailTemplate(input: $input) { __typename } }';
      await world.graphql('super', text, { input: { ...key, words, projectId: project.id } });
      return input(key);
    },
  },

  'Mutation.rotateSigningKey': { ...ofServer, args: () => input({ alg: 'RS256' }) },
  'Mutation.revokeSigningKey': { ...ofServer, args: (make) => input(make.spareKey()) },

  'Mutation.revokeLogin': { ...ofRow, args: (make) => input(only(make.login())) },
  'Mutation.revokeMembershipLogins': {
    ...ofRow,
    args: async (make) => input({ membershipId: (await make.login()).membershipId }),
  },
  'Mutation.endSession': { ...ofRow, args: (make) => input(make.session()) },
  'Mutation.endAllSessions': {
    ...ofRow,
    args: async (make) => input({ userId: (await make.session()).userId }),
  },
  'Mutation.retryDeadLetter': { ...ofServer, args: () => input({ id: nobody }), superGets: 'NOT_FOUND' },
};
