import { z } from 'zod';
import { parseInput } from '../kernel/input.js';
import { type Resource, type SearchRow, viewedSearchRow } from '../r4/search-row.js';
import { viewResource } from '../r4/view-resource.js';
import type { Project } from './project.entity.js';
import type { ProjectSettings } from './project-settings.js';

/** A default policy as the type has it. */
export interface DefaultPolicyElement {
  readonly profileType: string;
  readonly accessPolicy: { readonly reference: string };
}

/**
 * A project as the FHIR type of the wire spec (section 1.2). Its settings are `setting`; it has no secrets.
 * @param defaultAccessPolicies those of its memberships, which another folder keeps.
 */
export function projectResource(
  project: Project,
  defaultAccessPolicies: readonly DefaultPolicyElement[],
): Resource {
  const { id, name, description, active, superAdmin, settings } = project;
  return viewResource(
    'Project',
    { ...project, projectId: id },
    {
      name,
      description,
      active,
      superAdmin,
      strictMode: true,
      defaultAccessPolicies,
      setting: Object.entries(settings).map(settingElement),
    },
  );
}

function settingElement([name, value]: [string, unknown]): object {
  return typeof value === 'number' ? { name, valueInteger: value } : { name, valueBoolean: value };
}

/** What a project is found by: the search parameters published for the type. */
export function projectSearchRow(project: Project): SearchRow {
  const absent = ['owner', 'link'].map((name) => ({ name, kind: 'reference' as const, values: [] }));
  const unknown = ['identifier', 'features', 'google-client-id', 'recaptcha-site-key'];
  return viewedSearchRow({ ...project, projectId: project.id }, [
    { name: 'name', kind: 'string', values: [project.name] },
    ...absent,
    ...unknown.map((name) => ({ name, kind: 'token' as const, values: [] })),
  ]);
}

const text = z.string('must be text');

/** The elements of a project that can be written. */
const elements = {
  name: text.default(''),
  description: text.default(''),
  setting: z
    .array(
      z
        .strictObject({
          name: text,
          valueInteger: z.number('must be a number').optional(),
          valueBoolean: z.boolean('must be true or false').optional(),
        })
        .refine(
          ({ valueInteger, valueBoolean }) => valueInteger === undefined || valueBoolean === undefined,
          'must have one value',
        ),
      'must be a list',
    )
    .refine(
      (list) => new Set(list.map(({ name }) => name)).size === list.length,
      'must name each setting once',
    )
    .default([]),
  defaultAccessPolicies: z
    .array(
      z.strictObject({ profileType: text, accessPolicy: z.strictObject({ reference: text }) }),
      'must be a list',
    )
    .refine(
      (list) => new Set(list.map(({ profileType }) => profileType)).size === list.length,
      'must name each profile type once',
    )
    .default([]),
};
const writable = z.object(elements);

/** Their names. */
export const writableProjectElements = Object.keys(elements);

/** What a resource says of a project. A setting that it leaves out is not said. */
export function projectFields(resource: Resource): {
  readonly name: string;
  readonly description: string;
  readonly settings: Partial<ProjectSettings>;
  /** Profile type -> reference. */
  readonly defaults: ReadonlyMap<string, string>;
} {
  const { name, description, setting, defaultAccessPolicies } = parseInput(writable, resource);
  return {
    name,
    description,
    settings: Object.fromEntries(
      setting.map(({ name: one, valueInteger, valueBoolean }) => [one, valueInteger ?? valueBoolean ?? null]),
    ),
    defaults: new Map(
      defaultAccessPolicies.map(({ profileType, accessPolicy }) => [profileType, accessPolicy.reference]),
    ),
  };
}
