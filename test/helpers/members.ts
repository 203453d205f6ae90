import { decodeJwt } from 'jose';
import type { AdminWorld } from './admin-world.js';
import type { JsonAnswer } from './oauth-agent.js';
import type { WorldPerson } from './world.js';

/** A person whose membership has one policy of these entries. */
export interface PolicyMember extends WorldPerson {
  readonly policyId: string;
}

/** Asks as the admin of the first project, and expects an answer. */
export async function asAdmin(world: AdminWorld, query: string, variables: object = {}) {
  const { data, errors } = await world.graphql('admin', query, variables);
  if (errors.length > 0) throw new Error(JSON.stringify(errors));
  return data;
}

/** Makes a policy of entries. */
export async function newPolicy(world: AdminWorld, resource: readonly object[], more: object = {}) {
  const { createAccessPolicy } = await asAdmin(
    world,
    'mutation($input: CreateAccessPolicyInput!) { createAccessPolicy(input: $input) { accessPolicy { id } } }',
    { input: { name: 'A policy', resource, ...more } },
  );
  return createAccessPolicy.accessPolicy.id as string;
}

/** Changes a membership. */
export async function editMembership(world: AdminWorld, id: string, changes: object): Promise<void> {
  const { membership } = await asAdmin(world, 'query($id: ID!) { membership(id: $id) { version } }', { id });
  await asAdmin(
    world,
    'mutation($input: EditMembershipInput!) { editMembership(input: $input) { membership { id } } }',
    { input: { id, version: membership.version, changes } },
  );
}

/** A person of the first project with a policy of these entries. */
export async function memberWith(
  world: AdminWorld,
  resource: readonly object[],
  options: { profileType?: 'Practitioner' | 'Patient'; admin?: boolean } = {},
): Promise<PolicyMember> {
  const person = await world.addPerson(world.project.id, options);
  const policyId = await newPolicy(world, resource);
  await editMembership(world, person.membershipId, { accessPolicyId: policyId });
  return { ...person, policyId };
}

/** `Type/id` in an access token. */
export function profileIn(token: string): string {
  return String(decodeJwt(token)['profile']);
}

/** A read at the FHIR door. */
export function readFhir(
  world: AdminWorld,
  authorization: string,
  path: string,
  headers: Record<string, string> = {},
): Promise<JsonAnswer> {
  return world.agent.get(`fhir/R4/${path}`, { authorization, ...headers });
}
