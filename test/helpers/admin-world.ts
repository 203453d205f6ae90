import { systemActor } from '../../src/kernel/actor.js';
import { Db } from '../../src/kernel/db.js';
import type { ProjectId } from '../../src/kernel/ids.js';
import { OnboardingService } from '../../src/memberships/onboarding.service.js';
import { ProjectsService } from '../../src/projects/projects.service.js';
import type { StartOptions } from './app.js';
import { startWorld, type World } from './world.js';

/** Who asks: nobody, a member without rights, the admin of the first project, a super admin. */
export type Role = 'anonymous' | 'member' | 'admin' | 'super';

/** An answer of /graphql. */
export interface GraphqlAnswer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests read whatever the server answered
  readonly data: any;
  readonly errors: readonly {
    readonly message: string;
    readonly path?: readonly (string | number)[];
    readonly extensions: {
      readonly code: string;
      readonly reason: string;
      readonly field?: string;
      readonly retryAfter?: number;
    };
  }[];
}

/** Two tenants, and a token for each role. */
export interface AdminWorld extends World {
  readonly superProject: ProjectId;
  readonly tokens: Readonly<Record<Exclude<Role, 'anonymous'>, string>>;
  /** A token of a new client that is an admin of a project. */
  adminToken(projectId: ProjectId): Promise<string>;
  /** Sends an operation as a role, or with a token. */
  graphql(as: Role | { token: string }, query: string, variables?: object): Promise<GraphqlAnswer>;
  /** Sends any body. */
  post(
    token: string | undefined,
    body: string | URLSearchParams,
    contentType?: string,
  ): Promise<GraphqlAnswer>;
}

const actor = systemActor('test');

/** One call makes a world with admins: their clients are made by the services that the doors use. */
export async function startAdminWorld(options: StartOptions = {}): Promise<AdminWorld> {
  const world = await startWorld(options);
  const { app, agent } = world;
  const db = app.get(Db);
  const adminToken = async (projectId: ProjectId): Promise<string> => {
    const { client, secret } = await db.tx((tx) =>
      app
        .get(OnboardingService)
        .addClient(
          tx,
          actor,
          projectId,
          { name: 'Admin client', grantTypes: ['client_credentials'] },
          { admin: true },
        ),
    );
    return tokenOf(await agent.clientCredentials({ id: client.id, secret: secret!, redirectUri: '' }));
  };
  const superProject = (await db.read((tx) => app.get(ProjectsService).superAdminProject(tx)))!.id;
  const tokens = {
    member: tokenOf(await agent.clientCredentials(world.project.server)),
    admin: await adminToken(world.project.id),
    super: await adminToken(superProject),
  };
  const post: AdminWorld['post'] = async (token, body, contentType = 'application/json') => {
    const headers = { 'content-type': contentType, ...(token && { authorization: `Bearer ${token}` }) };
    const answer = await agent.request('graphql', { method: 'POST', headers, body });
    const { data, errors = [] } = answer.body;
    return { status: answer.status, headers: answer.headers, data, errors };
  };
  return {
    ...world,
    superProject,
    tokens,
    adminToken,
    post,
    graphql: (as, query, variables = {}) => {
      const token = typeof as === 'object' ? as.token : as === 'anonymous' ? undefined : tokens[as];
      return post(token, JSON.stringify({ query, variables }));
    },
  };
}

function tokenOf({ status, body }: { status: number; body: { access_token?: string } }): string {
  if (status !== 200 || !body.access_token) throw new Error(`No token: ${status} ${JSON.stringify(body)}`);
  return body.access_token;
}
