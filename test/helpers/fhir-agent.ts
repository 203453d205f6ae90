import { decodeJwt } from 'jose';
import type { AdminWorld } from './admin-world.js';
import type { JsonAnswer, TestPerson } from './oauth-agent.js';
import type { WorldPerson } from './world.js';

/** Somebody who is signed in, with a membership and its one policy. */
export interface FhirPerson extends TestPerson, WorldPerson {
  readonly token: string;
  /** `Practitioner/id` */
  readonly profile: string;
}

/** Talks to the FHIR door of a world; people get their policies through `/graphql`. */
export class FhirAgent {
  constructor(private readonly world: AdminWorld) {}

  /** A practitioner whose membership has one policy with these entries. */
  person(...resource: readonly object[]): Promise<FhirPerson> {
    return this.personUnder({ resource });
  }

  /** The same with all that a policy is made of, and parameters for it. */
  async personUnder(
    policy: object,
    { admin = false }: { readonly admin?: boolean } = {},
  ): Promise<FhirPerson> {
    const { world } = this;
    const person = await world.addPerson(world.project.id, { admin });
    await this.setPolicies(person, policy);
    const { body } = await world.agent.codeFlow(world.project.app, person, { scope: 'openid' });
    const profile = String(decodeJwt(body.access_token)['profile']);
    return { ...person, token: body.access_token, profile };
  }

  /** Gives a member these policies, the first alone, the others with parameters. */
  async setPolicies(
    person: WorldPerson,
    policy: object,
    ...access: readonly { policy: object; parameter: object[] }[]
  ) {
    const accessPolicyId = await this.policy(policy);
    const assigned = [];
    for (const { policy: one, parameter } of access)
      assigned.push({ policyId: await this.policy(one), parameter });
    const { membership } = await this.ask('query($id: ID!) { membership(id: $id) { version } }', {
      id: person.membershipId,
    });
    const changes = { accessPolicyId, ...(access.length > 0 && { access: assigned }) };
    await this.ask(
      'mutation($input: EditMembershipInput!) { editMembership(input: $input) { membership { id } } }',
      {
        input: { id: person.membershipId, version: membership.version, changes },
      },
    );
  }

  async ask(query: string, variables: object = {}) {
    const { data, errors } = await this.world.graphql('admin', query, variables);
    if (errors.length > 0) throw new Error(JSON.stringify(errors));
    return data;
  }

  /** One call; the body is sent as it is when it is text. */
  call(
    as: { readonly token: string } | undefined,
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<JsonAnswer> {
    const type = method === 'PATCH' ? 'application/json-patch+json' : 'application/fhir+json';
    return this.world.agent.request(`fhir/R4/${path}`, {
      method,
      headers: {
        ...(as && { authorization: `Bearer ${as.token}` }),
        ...(body !== undefined && { 'content-type': type }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
  }

  private async policy(policy: object): Promise<string> {
    const { createAccessPolicy } = await this.ask(
      'mutation($input: CreateAccessPolicyInput!) { createAccessPolicy(input: $input) { accessPolicy { id } } }',
      { input: { name: 'Of a test', ...inGraphql(policy) } },
    );
    return createAccessPolicy.accessPolicy.id;
  }
}

/** The same policy with the names of interactions as GraphQL has them. */
function inGraphql({ resource = [], ...rest }: { readonly resource?: readonly object[] }): object {
  const entries = resource.map((entry: { readonly interaction?: readonly string[] }) => ({
    ...entry,
    ...(entry.interaction && { interaction: entry.interaction.map((name) => name.toUpperCase()) }),
  }));
  return { ...rest, resource: entries };
}

/** What an OperationOutcome comes to. */
export function outcome({ status, body, headers }: JsonAnswer): unknown[] {
  return [status, body?.resourceType, body?.issue?.[0]?.code, headers.get('content-type')];
}

export function refused(status: number, code: string): unknown[] {
  return [status, 'OperationOutcome', code, 'application/fhir+json; charset=utf-8'];
}
