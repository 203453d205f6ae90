import { Args, Context, ID, Mutation, Query, Resolver } from '@nestjs/graphql';
import { Access } from '../authentication/access.decorator.js';
import { Db } from '../kernel/db.js';
import { OnboardingService } from '../memberships/onboarding.service.js';
import { limitsOfServer } from '../projects/project-limits.js';
import { ProjectsService } from '../projects/projects.service.js';
import { limitOfServer } from './admin-api.errors.js';
import type { Connection } from './connection.view.js';
import type { GraphqlContext } from './graphql-context.types.js';
import { PagingService } from './paging.service.js';
import { PageArgs } from './paging.types.js';
import { ProjectConnection, ProjectView, projectView } from './project.view.js';
import { CreateProjectInput, EditProjectInput, ProjectIdInput, ProjectPayload } from './projects.types.js';
import { idFrom, ScopedService } from './scoped.service.js';

const everyProject = { query: 'projects' };

/** Tenants. Made, ended and revived by super admins; edited by their own admins too. */
@Resolver(() => ProjectView)
export class ProjectsResolver {
  constructor(
    private readonly scoped: ScopedService,
    private readonly db: Db,
    private readonly projects: ProjectsService,
    private readonly onboarding: OnboardingService,
    private readonly paging: PagingService,
  ) {}

  @Query(() => ProjectView, { description: 'One project: yours, or any if you are a super admin.' })
  @Access('admin')
  async project(
    @Context() { caller }: GraphqlContext,
    @Args('id', { type: () => ID }) id: string,
  ): Promise<ProjectView> {
    return this.scoped.read(caller, { projectId: id }, async (tx, projectId) =>
      projectView(await this.projects.get(tx, projectId)),
    );
  }

  @Query(() => ProjectConnection, {
    name: 'projects',
    description: 'The projects that you may act in, oldest first.',
  })
  @Access('admin')
  async list(
    @Context() { caller }: GraphqlContext,
    @Args() page: PageArgs,
  ): Promise<Connection<ProjectView>> {
    return this.scoped.read(caller, {}, async (tx, own) => {
      const query = this.paging.query<typeof own>(everyProject, page);
      const found = caller.superAdmin
        ? await this.projects.list(tx, query)
        : { rows: query.after ? [] : [await this.projects.get(tx, own)], hasNext: false };
      return this.paging.connect(everyProject, page, found, projectView);
    });
  }

  @Mutation(() => ProjectPayload, { description: 'Makes a project with its default access policies.' })
  @Access('super-admin')
  async createProject(
    @Context() { caller }: GraphqlContext,
    @Args('input') { idempotencyKey, ...input }: CreateProjectInput,
  ): Promise<ProjectPayload> {
    return this.db.tx(async (tx) => {
      const creation = { operation: 'createProject', key: idempotencyKey, input };
      const { id } = await this.scoped.once(tx, caller, null, creation, async () => {
        const made = await this.onboarding.createProject(tx, caller.actor, input);
        return { id: made.id };
      });
      return { project: projectView(await this.projects.get(tx, id)) };
    });
  }

  @Mutation(() => ProjectPayload, { description: 'Changes what the input names.' })
  @Access('admin')
  async editProject(
    @Context() { caller }: GraphqlContext,
    @Args('input') { id, version, ...changes }: EditProjectInput,
  ): Promise<ProjectPayload> {
    const named = limitsOfServer.find((name) => changes.limits?.[name] !== undefined);
    if (named && !caller.superAdmin) throw limitOfServer({ field: `limits.${named}` });
    return this.scoped.write(caller, { projectId: id }, async (tx, projectId) => ({
      project: projectView(await this.projects.edit(tx, caller.actor, projectId, version, changes)),
    }));
  }

  @Mutation(() => ProjectPayload, { description: 'Ends every access to the project at once.' })
  @Access('super-admin')
  async deactivateProject(
    @Context() { caller }: GraphqlContext,
    @Args('input') { id }: ProjectIdInput,
  ): Promise<ProjectPayload> {
    return this.db.tx(async (tx) => ({
      project: projectView(await this.projects.deactivate(tx, caller.actor, idFrom(id))),
    }));
  }

  @Mutation(() => ProjectPayload, { description: 'Lets the members of a deactivated project in again.' })
  @Access('super-admin')
  async activateProject(
    @Context() { caller }: GraphqlContext,
    @Args('input') { id }: ProjectIdInput,
  ): Promise<ProjectPayload> {
    return this.db.tx(async (tx) => ({
      project: projectView(await this.projects.activate(tx, caller.actor, idFrom(id))),
    }));
  }
}
