import { z } from 'zod';
import { parseInput } from '../kernel/input.js';
import { type Resource, viewedSearchRow } from '../r4/search-row.js';
import { referenceTo, viewResource } from '../r4/view-resource.js';
import type { ViewTable } from '../r4/view-search.js';
import type { User } from './user.entity.js';

/** A person's account as the FHIR type of the wire spec (section 1.1), without anything that it signs in with. */
export function userResource(user: User): Resource {
  const { givenName, familyName, email, emailVerified, projectId } = user;
  return viewResource('User', user, {
    firstName: givenName,
    lastName: familyName,
    email,
    emailVerified,
    project: referenceTo('Project', projectId),
  });
}

/** How people are found: by the search parameters published for the type. */
export const userTable: ViewTable<User> = {
  name: 'user_account',
  type: 'User',
  searchRow: (user) =>
    viewedSearchRow(user, [
      { name: 'identifier', kind: 'token', values: [] },
      { name: 'email', kind: 'string', values: user.email === null ? [] : [user.email] },
      { name: 'external-id', kind: 'string', values: [] },
      {
        name: 'project',
        kind: 'reference',
        values: [referenceTo('Project', user.projectId)].filter((one) => one !== undefined),
      },
    ]),
};

/** The elements of a user that can be written. */
const elements = {
  firstName: z.string('must be text').default(''),
  lastName: z.string('must be text').default(''),
};
const writable = z.object(elements);

/** Their names. */
export const writableUserElements = Object.keys(elements);

/** What a resource says of a user. */
export function userFields(resource: Resource): { readonly givenName: string; readonly familyName: string } {
  const { firstName, lastName } = parseInput(writable, resource);
  return { givenName: firstName, familyName: lastName };
}
