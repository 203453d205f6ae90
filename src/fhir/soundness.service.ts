import { Injectable } from '@nestjs/common';
import { Db } from '../kernel/db.js';
import type { ErrorIssue } from '../kernel/errors.js';
import { type ProjectId, parseId } from '../kernel/ids.js';
import { accountsOf } from '../r4/meta.js';
import { compartments, type Resource } from '../r4/search-row.js';
import { ValidationService } from '../r4/validation.service.js';
import { resourceInvalid } from './fhir.errors.js';
import { type LocalReference, newReferences } from './references.js';
import { ResourceHomesService } from './resource-homes.service.js';

const maxReferences = 100;

/** Whether what is to be written makes sense: by FHIR R4, and beside what is kept here already. */
@Injectable()
export class SoundnessService {
  constructor(
    private readonly db: Db,
    private readonly homes: ResourceHomesService,
    private readonly validation: ValidationService,
  ) {}

  /**
   * Checks a resource and what it newly refers to: of the types kept here, only what the project has.
   * @throws AppError `resource-invalid` with all that is wrong
   */
  async check(projectId: ProjectId, after: Resource, before: Resource | undefined): Promise<void> {
    const issues = await this.validation.problems(after, [...this.homes.documentTypes, 'Organization']);
    if (issues.length === 0) issues.push(...(await this.dangling(projectId, after, before)));
    if (issues.length > 0) throw resourceInvalid({ issues });
  }

  /** The accounts of the patients that a resource is about (wire-spec section 12.31). */
  async accountsOfPatients(projectId: ProjectId, resource: Resource): Promise<string[]> {
    const links = patientsOf(resource);
    const patients = links
      .slice(0, maxReferences)
      .map((text) => ({ text, type: 'Patient', id: text.slice(8) }));
    const found = await Promise.all(patients.map((one) => this.find(projectId, one)));
    return [...new Set(found.flatMap((one) => accountsOf(one?.meta)))];
  }

  private async dangling(
    projectId: ProjectId,
    after: Resource,
    before: Resource | undefined,
  ): Promise<ErrorIssue[]> {
    const references = newReferences(after, before, this.homes.documentTypes);
    if (references.length > maxReferences)
      return [{ code: 'too-long', sentence: `A resource refers to at most ${maxReferences} others` }];
    const issues: ErrorIssue[] = [];
    for (const one of references)
      if (!(await this.find(projectId, one)))
        issues.push({
          code: 'not-found',
          sentence: `There is no ${one.type} with the id of this reference`,
          field: one.text,
        });
    return issues;
  }

  private async find(
    projectId: ProjectId,
    { type, id: text }: LocalReference,
  ): Promise<Resource | undefined> {
    const id = parseId(text);
    const home = this.homes.of(type);
    if (!id || !home) return undefined;
    const kept = await this.db.read((tx) => home.read(tx, projectId, type, id));
    return kept?.deleted ? undefined : kept?.resource;
  }
}

/** Nobody has judged yet whether it is a resource at all. */
function patientsOf({ id: _, ...resource }: Resource): string[] {
  try {
    return compartments(resource).filter((one) => one.startsWith('Patient/'));
  } catch {
    return [];
  }
}
