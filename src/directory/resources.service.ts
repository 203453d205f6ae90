import { Injectable } from '@nestjs/common';
import { AuditService } from '../audit/audit.service.js';
import type { Actor } from '../kernel/actor.js';
import { Clock } from '../kernel/clock.js';
import { type Id, newId, type ProjectId } from '../kernel/ids.js';
import type { Tx } from '../kernel/tx.js';
import type { Resource } from '../r4/search-row.js';
import { DirectoryStore, type VersionsQuery } from './directory.store.js';
import { DirectoryIndexStore } from './directory-index.store.js';
import type { DirectoryResource } from './directory-resource.entity.js';
import type { DirectoryVersion } from './directory-version.entity.js';
import type { ProfileType } from './profile-resource.js';
import { checkedIndexEntry } from './search-index.js';

/** A resource that is complete: its id, and in `meta` its version and time. */
export interface VersionedResource extends Resource {
  readonly id: string;
  readonly meta: Readonly<Record<string, unknown>> & {
    readonly versionId: string;
    readonly lastUpdated: string;
  };
}

const always = new Date(0);

/**
 * The resources kept here and all that they ever were. A write names the version that it goes over, so that none is
 * lost; resource, what it is found by, version and record commit together. Judges no rights and no content.
 */
@Injectable()
export class ResourcesService {
  constructor(
    private readonly store: DirectoryStore,
    private readonly index: DirectoryIndexStore,
    private readonly audit: AuditService,
    private readonly clock: Clock,
  ) {}

  /**
   * A resource as it would be kept: with its id, a new version and its time. Writes nothing.
   * @param before what it goes over; a new resource without it.
   */
  versioned(projectId: ProjectId, content: Resource, before?: VersionedResource): VersionedResource {
    const now = Math.max(this.clock.now(), before ? Date.parse(before.meta.lastUpdated) + 1 : 0);
    const meta = {
      ...content.meta,
      versionId: newId(now),
      lastUpdated: new Date(now).toISOString(),
      project: projectId,
    };
    return { ...content, id: before?.id ?? newId(now), meta };
  }

  /** Keeps a new resource, recorded under `type`. @returns its row */
  async create(
    tx: Tx,
    actor: Actor,
    projectId: ProjectId,
    resource: VersionedResource,
    type: 'resource.created' | 'profile.created' = 'resource.created',
  ): Promise<DirectoryResource> {
    // A profile is made without the FHIR library, which takes long to load: the next search makes what finds it.
    const entry = type === 'profile.created' ? undefined : checkedIndexEntry(projectId, resource);
    const row = rowOf(projectId, resource);
    await this.store.insert(tx, row, entry?.terms);
    if (entry) await this.index.addSpans(tx, row.id, entry.spans);
    this.store.addVersion(tx, versionOf(projectId, resource));
    this.record(tx, actor, type, projectId, resource);
    return row;
  }

  /** Waits for every other transaction that named the same words, and makes those that come wait for the end of this one. */
  takeTurn(tx: Tx, projectId: ProjectId, type: ProfileType, words: string): Promise<void> {
    return this.store.takeTurn(tx, `if-none-exist ${projectId} ${type} ${words}`);
  }

  /** Keeps a resource over what it was. @returns false when it is no longer that: nothing was written. */
  async update(
    tx: Tx,
    actor: Actor,
    projectId: ProjectId,
    before: VersionedResource,
    resource: VersionedResource,
  ): Promise<boolean> {
    const entry = checkedIndexEntry(projectId, resource);
    const row = rowOf(projectId, resource);
    if (!(await this.store.replace(tx, before.meta.versionId as Id, row, entry.terms))) return false;
    await this.index.replaceSpans(tx, row.id, entry.spans);
    this.store.addVersion(tx, versionOf(projectId, resource));
    this.record(tx, actor, 'resource.changed', projectId, resource);
    return true;
  }

  /**
   * Deletes a resource; its versions stay.
   * @param last its last version: what it was, with a version and time of its own.
   * @returns false when it is no longer `before`: nothing was written.
   */
  async remove(
    tx: Tx,
    actor: Actor,
    projectId: ProjectId,
    before: VersionedResource,
    last: VersionedResource,
  ): Promise<boolean> {
    const removed = await this.store.remove(tx, projectId, before.id as Id, before.meta.versionId as Id);
    if (!removed) return false;
    this.store.addVersion(tx, { ...versionOf(projectId, last), deleted: true });
    this.record(tx, actor, 'resource.deleted', projectId, last);
    return true;
  }

  /** The newest version of a resource, which may be its deletion; `undefined` when the project never had it. */
  async newest(
    tx: Tx,
    projectId: ProjectId,
    type: ProfileType,
    id: Id,
  ): Promise<DirectoryVersion | undefined> {
    const query = { since: always, limit: 1, offset: 0 };
    return (await this.store.listVersions(tx, projectId, type, id, query))[0];
  }

  /** One version of a resource. */
  version(
    tx: Tx,
    projectId: ProjectId,
    type: ProfileType,
    id: Id,
    versionId: Id,
  ): Promise<DirectoryVersion | undefined> {
    return this.store.findVersion(tx, projectId, type, id, versionId);
  }

  /** The versions of a resource, newest first. */
  versions(
    tx: Tx,
    projectId: ProjectId,
    type: ProfileType,
    id: Id,
    query: VersionsQuery,
  ): Promise<DirectoryVersion[]> {
    return this.store.listVersions(tx, projectId, type, id, query);
  }

  private record(
    tx: Tx,
    actor: Actor,
    type: `resource.${'created' | 'changed' | 'deleted'}` | 'profile.created',
    projectId: ProjectId,
    { resourceType, id, meta }: VersionedResource,
  ): void {
    const detail = { version: meta.versionId };
    this.audit.record(tx, { type, actor, projectId, target: { type: resourceType, id }, detail });
  }
}

function rowOf(projectId: ProjectId, resource: VersionedResource): DirectoryResource {
  const { resourceId: id, deleted: _, ...row } = versionOf(projectId, resource);
  return { ...row, id };
}

function versionOf(projectId: ProjectId, resource: VersionedResource): DirectoryVersion {
  const { id, resourceType, meta } = resource;
  return {
    resourceId: id as Id,
    versionId: meta.versionId as Id,
    projectId,
    resourceType: resourceType as ProfileType,
    content: resource as Record<string, unknown>,
    deleted: false,
    lastUpdated: new Date(meta.lastUpdated),
  };
}
