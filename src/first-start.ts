import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { SetupService } from './account/setup.service.js';
import { SetupLinksService } from './account/setup-links.service.js';
import { systemActor } from './kernel/actor.js';
import { Config } from './kernel/config.js';
import { Db } from './kernel/db.js';
import type { ClientId, ProjectId } from './kernel/ids.js';
import type { Secret } from './kernel/secrets.js';
import type { Tx } from './kernel/tx.js';
import { KeyRotationService } from './keys/key-rotation.service.js';
import { OnboardingService } from './memberships/onboarding.service.js';
import { ProjectsService } from './projects/projects.service.js';

/** What the start-up output tells the person who started the server. Goes to the terminal, never to the logger. */
export interface FirstStartReport {
  /** One-time address that makes the first super admin; only while there is none. */
  readonly setupUrl: string | undefined;
  /** The first super admin made from the environment, at this start. */
  readonly createdAdmin: string | undefined;
  /** Where the first project's client credentials were written, at the very first start. */
  readonly firstStepsFile: string | undefined;
}

const actor = systemActor('first-start');

/** Prepares an empty database (rulings 55). Safe to run at every start and on several nodes at once. */
@Injectable()
export class FirstStart {
  constructor(
    private readonly db: Db,
    private readonly config: Config,
    private readonly keys: KeyRotationService,
    private readonly projects: ProjectsService,
    private readonly onboarding: OnboardingService,
    private readonly setup: SetupService,
    private readonly links: SetupLinksService,
  ) {}

  /** Makes what is missing: signing keys, super-admin project, first project with its clients, first super admin. */
  async run(): Promise<FirstStartReport> {
    const firstStepsFile = await this.db.tx(async (tx) => {
      // The lock of the key rotation also lets one first start at a time through.
      await this.keys.ensure(tx, actor);
      await this.onboarding.ensureBuiltInClient(tx, actor);
      return (await this.projects.superAdminProject(tx)) ? undefined : this.fill(tx);
    });
    return { firstStepsFile, ...(await this.firstAdmin()) };
  }

  private async fill(tx: Tx): Promise<string> {
    const administration = await this.onboarding.createProject(tx, actor, {
      name: 'Server administration',
      superAdmin: true,
    });
    const tools = await this.onboarding.addClient(tx, actor, administration.id, {
      name: 'Admin tools',
      description:
        'Public client with which a super admin gets a token for /graphql; also of the page /dev/admin',
      redirectUris: [this.config.url('dev/admin'), 'http://127.0.0.1/callback'],
      grantTypes: ['authorization_code'],
      authenticatedGrants: [],
    });
    const project = await this.onboarding.createProject(tx, actor, { name: 'First project' });
    const app = await this.onboarding.addClient(tx, actor, project.id, {
      name: 'First app',
      description: 'Public client of the page /dev/app',
      redirectUris: [this.config.url('dev/app')],
      grantTypes: ['authorization_code', 'refresh_token'],
      authenticatedGrants: [],
    });
    const server = await this.onboarding.addClient(tx, actor, project.id, {
      name: 'First server',
      description: 'Confidential client of the first examples',
      redirectUris: ['http://127.0.0.1/callback'],
      grantTypes: ['authorization_code', 'refresh_token', 'client_credentials'],
      authenticatedGrants: ['authorization_code', 'refresh_token', 'client_credentials'],
    });
    // Written before the commit: were it after, a crash in between would lose the secret for good. A file whose
    // commit then fails is overwritten by the next start.
    return this.writeFirstSteps(
      { tools: tools.client.id, app: app.client.id, server: server.client.id },
      server.secret!,
    );
  }

  private async firstAdmin(): Promise<Pick<FirstStartReport, 'setupUrl' | 'createdAdmin'>> {
    const nothing = { setupUrl: undefined, createdAdmin: undefined };
    const projectIds = await this.db.read((tx) => this.projectsOfFirstAdmin(tx));
    if (await this.setup.hasAdmin(projectIds[0]!)) return nothing;
    const { CAREKEY_ADMIN_EMAIL: email, CAREKEY_ADMIN_PASSWORD: password } = this.config.settings;
    if (email && password) {
      const admin = { email, password, givenName: 'First', familyName: 'Admin' };
      const made = await this.setup.createAdmin('first-start', projectIds, admin, true);
      return { ...nothing, createdAdmin: made ? email : undefined };
    }
    const secret = await this.db.tx((tx) => this.links.open(tx, projectIds));
    return { ...nothing, setupUrl: this.config.url(`setup/${secret}`) };
  }

  /** The super-admin project, and the first project, so that its maker can try it out. */
  private async projectsOfFirstAdmin(tx: Tx): Promise<ProjectId[]> {
    const { rows } = await this.projects.list(tx, { first: 2 });
    return rows.sort((a, b) => Number(b.superAdmin) - Number(a.superAdmin)).map(({ id }) => id);
  }

  private async writeFirstSteps(
    ids: Record<'tools' | 'app' | 'server', ClientId>,
    secret: Secret,
  ): Promise<string> {
    const directory = this.config.settings.CAREKEY_DATA_DIR;
    const file = join(directory, 'first-steps.env');
    const lines = [
      '# The first clients. Keep this file to yourself: it holds a secret.',
      `ISSUER=${this.config.baseUrl}`,
      `ADMIN_CLIENT_ID=${ids.tools}`,
      `APP_CLIENT_ID=${ids.app}`,
      `CLIENT_ID=${ids.server}`,
      `CLIENT_SECRET=${secret}`,
    ];
    await mkdir(directory, { recursive: true, mode: 0o755 });
    await writeFile(file, `${lines.join('\n')}\n`, { mode: 0o600 });
    return file;
  }
}
