import type { ClientInput } from '../../src/clients/client-input.js';
import { PasswordsService } from '../../src/identities/passwords.service.js';
import { UsersService } from '../../src/identities/users.service.js';
import { systemActor } from '../../src/kernel/actor.js';
import { Db } from '../../src/kernel/db.js';
import type { ClientId, MembershipId, ProjectId, UserId } from '../../src/kernel/ids.js';
import { OnboardingService } from '../../src/memberships/onboarding.service.js';
import { ProjectsService } from '../../src/projects/projects.service.js';
import { type StartOptions, startApp, type TestApp } from './app.js';
import { OAuthAgent, type TestClient, type TestPerson } from './oauth-agent.js';

/** A client with its typed id. */
export type WorldClient = TestClient & { readonly id: ClientId };

/** A person who can sign in, with the rows behind. */
export type WorldPerson = TestPerson & { readonly userId: UserId; readonly membershipId: MembershipId };

/** A tenant with one of everything. */
export interface WorldProject {
  readonly id: ProjectId;
  /** Public, PKCE, asks for consent. */
  readonly app: WorldClient;
  /** Authenticates for every grant. */
  readonly server: WorldClient;
  readonly person: WorldPerson;
  readonly admin: WorldPerson;
}

/** Two tenants on one server. */
export interface World {
  readonly app: TestApp;
  readonly agent: OAuthAgent;
  readonly project: WorldProject;
  readonly other: WorldProject;
  addClient(projectId: ProjectId, input: ClientInput): Promise<WorldClient>;
  addPerson(
    projectId: ProjectId,
    options?: { admin?: boolean; password?: string; profileType?: 'Practitioner' | 'Patient' },
  ): Promise<WorldPerson>;
  /** Somebody with an account of the server and a password, whose membership of the project waits to be accepted. */
  addServerPerson(projectId: ProjectId): Promise<WorldPerson>;
  close(): Promise<void>;
}

const actor = systemActor('test');
export const redirectUri = 'https://app.example/callback';
let people = 0;

/** One call makes a world. Everything is made by the services that the doors use. */
export async function startWorld(options: StartOptions = {}): Promise<World> {
  const app = await startApp(options);
  const db = app.get(Db);
  const onboarding = app.get(OnboardingService);

  const addClient = async (projectId: ProjectId, input: ClientInput): Promise<WorldClient> => {
    const { client, secret } = await db.tx((tx) => onboarding.addClient(tx, actor, projectId, input));
    return { id: client.id, redirectUri: client.redirectUris[0] ?? '', ...(secret && { secret }) };
  };
  const addPerson: World['addPerson'] = async (
    projectId,
    { admin = false, password = 'violet harbor lantern 42', profileType = 'Practitioner' } = {},
  ) => {
    people += 1;
    const email = `person-${people}@example.org`;
    const names = { givenName: 'Ada', familyName: `Quill${people}` };
    const project = await db.read((tx) => app.get(ProjectsService).get(tx, projectId));
    const prepared = await app.get(PasswordsService).prepare(password, { email, ...names, project });
    const { user, membership } = await db.tx((tx) =>
      onboarding.addPerson(tx, actor, projectId, {
        email,
        ...names,
        password: prepared,
        profileType,
        scope: 'project',
        membership: { admin },
      }),
    );
    return { email, password, userId: user.id, membershipId: membership.id };
  };
  const addServerPerson: World['addServerPerson'] = async (projectId) => {
    people += 1;
    const email = `person-${people}@example.org`;
    const password = 'violet harbor lantern 42';
    const names = { email, givenName: 'Sora', familyName: `Quill${people}` };
    const prepared = await app.get(PasswordsService).prepare(password, { ...names, project: null });
    const { user, membership } = await db.tx(async (tx) => {
      const as = { ...names, profileType: 'Practitioner', scope: 'server', membership: {} } as const;
      const added = await onboarding.addPerson(tx, actor, projectId, as);
      await app.get(UsersService).claim(tx, actor, added.user.id);
      await app.get(PasswordsService).set(tx, actor, added.user, prepared);
      return added;
    });
    return { email, password, userId: user.id, membershipId: membership.id };
  };
  const addProject = async (name: string): Promise<WorldProject> => {
    const { id } = await db.tx((tx) => onboarding.createProject(tx, actor, { name }));
    return {
      id,
      app: await addClient(id, {
        name: `${name} app`,
        redirectUris: [redirectUri],
        grantTypes: ['authorization_code', 'refresh_token'],
        authenticatedGrants: [],
      }),
      server: await addClient(id, {
        name: `${name} server`,
        redirectUris: ['https://server.example/callback'],
        grantTypes: ['authorization_code', 'refresh_token', 'client_credentials'],
        authenticatedGrants: ['authorization_code', 'refresh_token', 'client_credentials'],
      }),
      person: await addPerson(id),
      admin: await addPerson(id, { admin: true }),
    };
  };
  return {
    app,
    agent: new OAuthAgent(app.baseUrl),
    project: await addProject('North clinic'),
    other: await addProject('South clinic'),
    addClient,
    addPerson,
    addServerPerson,
    close: () => app.close(),
  };
}
