import { Injectable } from '@nestjs/common';
import type { Actor } from '../kernel/actor.js';
import { invalidField } from '../kernel/errors.js';
import { type Id, type ProjectId, parseId } from '../kernel/ids.js';
import type { PageEdge, SearchQuery } from '../kernel/table-search.js';
import type { Tx } from '../kernel/tx.js';
import { matches } from '../kernel/where.js';
import { DefaultPoliciesService } from '../memberships/default-policies.service.js';
import type { DefaultFor } from '../memberships/membership-input.js';
import type { Project } from '../projects/project.entity.js';
import {
  projectFields,
  projectResource,
  projectSearchRow,
  writableProjectElements,
} from '../projects/project.fhir.js';
import { ProjectsService } from '../projects/projects.service.js';
import type { SearchPage } from '../r4/search-page.js';
import type { Resource } from '../r4/search-row.js';
import { referenceTo } from '../r4/view-resource.js';
import type { KeptResource, ResourceHome, ResourceSearching, ResourceWriting } from './resource-home.js';
import { changedFields, refuseOtherChanges, versionedByRow, versionOf } from './view-changes.js';

// Those that the type has a code for; ours has one more, for clients.
const profileTypes: readonly string[] = ['Patient', 'Practitioner', 'RelatedPerson', 'Admin'];

/** The caller's own project (wire-spec section 1.2): of others nothing is known here. */
@Injectable()
export class ProjectHome implements ResourceHome {
  readonly types: readonly string[] = ['Project'];
  readonly isDocument = false;

  readonly searching: ResourceSearching = {
    ready: async () => {},
    search: (tx, projectId, _, query) => this.search(tx, projectId, query),
  };

  readonly writing: ResourceWriting = {
    ...versionedByRow,
    update: async (tx, actor, projectId, before, resource) => {
      refuseOtherChanges(before, resource, writableProjectElements);
      const { defaults: had, ...old } = projectFields(before);
      const { defaults: wanted, ...next } = projectFields(resource);
      const changes = {
        ...changedFields({ ...old, settings: {} }, { ...next, settings: {} }),
        settings: changedFields(old.settings, next.settings),
      };
      await this.projects.edit(tx, actor, projectId, versionOf(before), changes);
      await this.chooseDefaults(tx, actor, projectId, had, wanted);
      return this.view(tx, await this.projects.get(tx, projectId));
    },
  };

  constructor(
    private readonly projects: ProjectsService,
    private readonly defaults: DefaultPoliciesService,
  ) {}

  async read(tx: Tx, projectId: ProjectId, _: string, id: Id): Promise<KeptResource | undefined> {
    if (id !== (projectId as Id)) return undefined;
    return { resource: await this.view(tx, await this.projects.get(tx, projectId)), deleted: false };
  }

  /** Each profile type keeps a default: it can be another one, not none. */
  private async chooseDefaults(
    tx: Tx,
    actor: Actor,
    projectId: ProjectId,
    had: ReadonlyMap<string, string>,
    wanted: ReadonlyMap<string, string>,
  ): Promise<void> {
    if ([...had.keys()].some((who) => !wanted.has(who)) || wanted.size > had.size)
      throw invalidField('defaultAccessPolicies', `must name a policy for ${[...had.keys()].join(', ')}`);
    for (const [who, reference] of wanted) {
      if (had.get(who) === reference) continue;
      const id = parseId<'AccessPolicy'>(/^AccessPolicy\/(.+)$/.exec(reference)?.[1]);
      if (!id) throw invalidField('defaultAccessPolicies', 'must refer to access policies');
      await this.defaults.choose(tx, actor, projectId, who as DefaultFor, id);
    }
  }

  private async view(tx: Tx, project: Project): Promise<Resource> {
    const defaults = await this.defaults.list(tx, project.id);
    const elements = defaults
      .filter(({ profileType }) => profileTypes.includes(profileType))
      .sort((one, other) => profileTypes.indexOf(one.profileType) - profileTypes.indexOf(other.profileType))
      .map(({ profileType, accessPolicyId }) => ({
        profileType,
        accessPolicy: referenceTo('AccessPolicy', accessPolicyId)!,
      }));
    return projectResource(project, elements);
  }

  /** There is one at most: whether it is what is looked for is judged here. */
  private async search(tx: Tx, projectId: ProjectId, query: SearchQuery): Promise<SearchPage> {
    const project = await this.projects.get(tx, projectId);
    const found = matches(query.where, projectSearchRow(project));
    const isInPage = found && query.limit > 0 && query.offset === 0 && isBeyond(query, project);
    const rows = isInPage
      ? [{ id: projectId as Id, lastUpdated: project.updatedAt, resource: await this.view(tx, project) }]
      : [];
    return { rows, more: false, total: query.total ? Number(found) : undefined };
  }
}

/** Whether a row lies on the side of the edge that a page shows. */
function isBeyond({ sort, after, before }: SearchQuery, { id, updatedAt }: Project): boolean {
  const edge = after ?? before;
  if (!edge) return true;
  const keyOf = ({ id: one, lastUpdated }: PageEdge) =>
    sort.by === 'id' ? one : `${lastUpdated?.toISOString()} ${one}`;
  const key = keyOf({ id: id as Id, lastUpdated: updatedAt });
  return sort.descending === Boolean(after) ? key < keyOf(edge) : key > keyOf(edge);
}
