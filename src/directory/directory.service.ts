import { Injectable } from '@nestjs/common';
import type { Actor } from '../kernel/actor.js';
import { notFound } from '../kernel/errors.js';
import { type Id, type ProjectId, parseId } from '../kernel/ids.js';
import { parseInput } from '../kernel/input.js';
import type { Tx } from '../kernel/tx.js';
import { patientMissing } from './directory.errors.js';
import { DirectoryStore } from './directory.store.js';
import type { DirectoryResource } from './directory-resource.entity.js';
import {
  displayName,
  type ProfilePerson,
  type ProfileType,
  profileCompartments,
  profilePerson,
  profileResource,
} from './profile-resource.js';
import { ResourcesService } from './resources.service.js';

/** FHIR resources that are kept here. A resource of another project is not found. Judges no rights. */
@Injectable()
export class DirectoryService {
  constructor(
    private readonly store: DirectoryStore,
    private readonly resources: ResourcesService,
  ) {}

  /**
   * Makes the profile of a person.
   * @throws AppError `invalid-input`, `related-person-needs-patient`
   */
  async createProfile(
    tx: Tx,
    actor: Actor,
    projectId: ProjectId,
    type: ProfileType,
    person: ProfilePerson,
  ): Promise<DirectoryResource> {
    const checked = parseInput(profilePerson, person);
    if (type === 'RelatedPerson') await this.checkPatient(tx, projectId, checked.patient);
    const resource = this.resources.versioned(projectId, profileResource(type, checked));
    const compartment = profileCompartments(projectId, resource);
    const profile = { ...resource, meta: { ...resource.meta, compartment } };
    return this.resources.create(tx, actor, projectId, profile, 'profile.created');
  }

  /** A resource of a project. @throws AppError `not-found` */
  async read(tx: Tx, projectId: ProjectId, type: ProfileType, id: Id): Promise<DirectoryResource> {
    const resource = await this.store.find(tx, projectId, type, id);
    if (!resource) throw notFound();
    return resource;
  }

  /** Makes sure that a resource of a project is there until the transaction ends. @throws AppError `not-found` */
  async hold(tx: Tx, projectId: ProjectId, type: ProfileType, id: Id): Promise<void> {
    if (!(await this.store.hold(tx, projectId, type, id))) throw notFound();
  }

  /** Those of the named resources that exist, in no order; for views of memberships. */
  findMany(tx: Tx, ids: readonly Id[]): Promise<DirectoryResource[]> {
    return this.store.findMany(tx, ids);
  }

  /** The name that a resource bears (HumanName), or its type when it bears none. */
  async nameOf(tx: Tx, id: Id): Promise<string | undefined> {
    const found = await this.store.findName(tx, id);
    return found && displayName({ ...found });
  }

  private async checkPatient(tx: Tx, projectId: ProjectId, reference: string | undefined): Promise<void> {
    const id = parseId(reference?.startsWith('Patient/') ? reference.slice('Patient/'.length) : undefined);
    if (!id || !(await this.store.hold(tx, projectId, 'Patient', id)))
      throw patientMissing({ field: 'patient' });
  }
}
