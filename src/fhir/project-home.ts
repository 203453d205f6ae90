import { Injectable } from '@nestjs/common';
import { invalidField } from '../kernel/errors.js';
import { type Id, type PolicyId, type ProjectId, parseId } from '../kernel/ids.js';
import type { PageEdge, SearchQuery } from '../kernel/table-search.js';
import type { Tx } from '../kernel/tx.js';
import { matches } from '../kernel/where.js';
import type { DefaultAccessPolicy } from '../memberships/default-access-policy.entity.js';
import { DefaultPoliciesService } from '../memberships/default-policies.service.js';
import type { DefaultFor } from '../memberships/membership-input.js';
import type { Project } from '../projects/project.entity.js';
import {
  projectFields,
  projectResource,
  projectSearchRow,
  writableProjectElements,
} from '../projects/project.fhir.js';
import { ProjectHistoryService } from '../projects/project-history.service.js';
import { ProjectsService } from '../projects/projects.service.js';
import type { SearchPage } from '../r4/search-page.js';
import type { Resource } from '../r4/search-row.js';
import { referenceTo } from '../r4/view-resource.js';
import type {
  KeptResource,
  ResourceHistory,
  ResourceHome,
  ResourceSearching,
  ResourceWriting,
} from './resource-home.js';
import { changedFields, refuseOtherChanges, versionedByRow, versionOf } from './view-changes.js';
import { rowVersionOf } from './view-home.js';

// Those that the type has a code for; ours has one more, for clients.
const profileTypes: readonly string[] = ['Patient', 'Practitioner', 'RelatedPerson', 'Admin'];

/** The caller's own project (wire-spec section 1.2): of others nothing is known here. */
@Injectable()
export class ProjectHome implements ResourceHome {
  readonly types: readonly string[] = ['Project'];
  readonly isDocument = false;

  readonly history: ResourceHistory = {
    version: async (tx, projectId, _, id, text) => {
      const version = rowVersionOf(text);
      if (id !== (projectId as Id) || !version) return undefined;
      const then = await this.past.findVersion(tx, projectId, version);
      return then && (await this.shown(tx, projectId, [then]))[0];
    },
    versions: async (tx, projectId, _, id, query) =>
      id === (projectId as Id)
        ? this.shown(tx, projectId, await this.past.listVersions(tx, projectId, query))
        : [],
  };

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
      const fields = changedFields({ ...old, settings: {} }, { ...next, settings: {} });
      const settings = changedFields(old.settings, next.settings);
      const isEdited = Object.keys({ ...fields, ...settings }).length > 0;
      const version = versionOf(before);
      if (isEdited) await this.projects.edit(tx, actor, projectId, version, { ...fields, settings });
      const chosen = chosenDefaults(had, wanted);
      await this.defaults.chooseAll(tx, actor, projectId, chosen, isEdited ? version + 1 : version);
      return this.view(tx, await this.projects.get(tx, projectId));
    },
  };

  constructor(
    private readonly projects: ProjectsService,
    private readonly past: ProjectHistoryService,
    private readonly defaults: DefaultPoliciesService,
  ) {}

  async read(tx: Tx, projectId: ProjectId, _: string, id: Id): Promise<KeptResource | undefined> {
    if (id !== (projectId as Id)) return undefined;
    return { resource: await this.view(tx, await this.projects.get(tx, projectId)), deleted: false };
  }

  /** Versions of the project with the default policies that it had then. */
  private async shown(tx: Tx, projectId: ProjectId, rows: readonly Project[]): Promise<KeptResource[]> {
    const versions = rows.map(({ version }) => version);
    const defaultsAt = await this.defaults.listAt(tx, projectId, versions);
    return rows.map((row) => ({
      resource: viewOf(row, defaultsAt(row.version)),
      deleted: false,
      first: row.version === 1,
    }));
  }

  private async view(tx: Tx, project: Project): Promise<Resource> {
    return viewOf(project, await this.defaults.list(tx, project.id));
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

/** Each profile type keeps a default: it can be another one, not none. */
function chosenDefaults(
  had: ReadonlyMap<string, string>,
  wanted: ReadonlyMap<string, string>,
): Map<DefaultFor, PolicyId> {
  if ([...had.keys()].some((who) => !wanted.has(who)) || wanted.size > had.size)
    throw invalidField('defaultAccessPolicies', `must name a policy for ${[...had.keys()].join(', ')}`);
  const changed = [...wanted].filter(([who, reference]) => had.get(who) !== reference);
  return new Map(
    changed.map(([who, reference]) => {
      const id = parseId<'AccessPolicy'>(/^AccessPolicy\/(.+)$/.exec(reference)?.[1]);
      if (!id) throw invalidField('defaultAccessPolicies', 'must refer to access policies');
      return [who as DefaultFor, id];
    }),
  );
}

function viewOf(project: Project, defaults: readonly DefaultAccessPolicy[]): Resource {
  const elements = defaults
    .filter(({ profileType }) => profileTypes.includes(profileType))
    .sort((one, other) => profileTypes.indexOf(one.profileType) - profileTypes.indexOf(other.profileType))
    .map(({ profileType, accessPolicyId }) => ({
      profileType,
      accessPolicy: referenceTo('AccessPolicy', accessPolicyId)!,
    }));
  return projectResource(project, elements);
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
