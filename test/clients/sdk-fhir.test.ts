import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type AdminWorld, startAdminWorld } from '../helpers/admin-world.js';
import { FhirAgent } from '../helpers/fhir-agent.js';
import { newPolicy } from '../helpers/members.js';
import { newSdk, type Sdk } from '../helpers/sdk.js';

let world: AdminWorld;
let fhir: FhirAgent;
beforeAll(async () => {
  world = await startAdminWorld();
  fhir = new FhirAgent(world);
});
afterAll(() => world.close());

interface Patient {
  readonly resourceType: 'Patient';
  readonly id?: string;
  readonly meta?: { readonly versionId?: string; readonly project?: string };
  readonly name?: readonly object[];
  readonly birthDate?: string;
  readonly gender?: string;
  readonly active?: boolean;
}
const ada: Patient = {
  resourceType: 'Patient',
  name: [{ use: 'official', family: 'Quill', given: ['Ada'] }],
  birthDate: '1980-01-31',
};

/** The SDK with a person's token, under one policy. */
async function person(...resource: readonly object[]): Promise<Sdk> {
  const sdk = newSdk(world.app.baseUrl);
  sdk.setAccessToken((await fhir.person(...resource)).token);
  return sdk;
}

async function client(how: 'token' | 'basic'): Promise<Sdk> {
  const sdk = newSdk(world.app.baseUrl);
  const { id, secret } = world.project.server;
  if (how === 'basic') sdk.setBasicAuth(id, secret!);
  else await sdk.startClientLogin(id, secret!);
  return sdk;
}

/** A membership under a policy that opens every type that is kept here. */
async function ownPolicy(): Promise<object> {
  return { accessPolicyId: await newPolicy(world, [{ resourceType: '*' }]) };
}

/** The SDK of a back end that acts for a person, with the header among its default ones (wire-spec section 6). */
async function acting(how: 'token' | 'basic', membership: object, settings: object = {}): Promise<Sdk> {
  const { createClient } = await fhir.ask(
    'mutation($input: CreateClientInput!) { createClient(input: $input) { client { id } secret } }',
    { input: { name: 'Acts', grantTypes: ['CLIENT_CREDENTIALS'], membership, ...settings } },
  );
  const { profile } = await fhir.person({ resourceType: '*' });
  const sdk = newSdk(world.app.baseUrl, { defaultHeaders: { 'X-Medplum-On-Behalf-Of': profile } });
  const { client, secret } = createClient;
  if (how === 'basic') sdk.setBasicAuth(client.id, secret);
  else await sdk.startClientLogin(client.id, secret);
  return sdk;
}

const callers: [string, () => Promise<Sdk>][] = [
  ['a person with a token', () => person({ resourceType: '*' })],
  ['a client with a token', () => client('token')],
  ['a client with setBasicAuth', () => client('basic')],
  ['F39 an admin client with a token, for a person', () => acting('token', { admin: true })],
  ['an admin client with setBasicAuth, for a person', () => acting('basic', { admin: true })],
  [
    'a client that may act for members, for a person',
    async () => acting('token', await ownPolicy(), { mayActForMembers: true }),
  ],
];

describe('@medplum/core at the FHIR door', () => {
  it.each(callers)('%s: creates, reads, updates, patches, looks back, deletes', async (_, start) => {
    const sdk = await start();
    const made = await sdk.createResource(ada);
    expect(made).toMatchObject(ada);
    expect(made.meta?.project).toBe(world.project.id);
    expect(await sdk.readResource('Patient', made.id)).toEqual(made);
    const updated = await sdk.updateResource({ ...made, gender: 'female' });
    expect(updated).toMatchObject({ ...ada, id: made.id, gender: 'female' });
    expect(await sdk.updateResource(updated)).toEqual(updated);
    const patched = await sdk.patchResource('Patient', made.id, [
      { op: 'test', path: '/meta/versionId', value: updated.meta?.versionId },
      { op: 'replace', path: '/name/0/family', value: 'Hart' },
    ]);
    expect(patched.name?.[0]).toEqual({ use: 'official', family: 'Hart', given: ['Ada'] });
    const named = async (family: string) =>
      (await sdk.searchResources('Patient', { _id: made.id, family })).map(({ id }: { id: string }) => id);
    expect([await named('Hart'), await named('Quill')]).toEqual([[made.id], []]);
    const history = await sdk.readHistory('Patient', made.id);
    expect(history.entry?.map((entry: { resource?: Patient }) => entry.resource?.meta?.versionId)).toEqual(
      [patched, updated, made].map(({ meta }) => meta?.versionId),
    );
    expect((await sdk.readHistory('Patient', made.id, { count: 1, offset: 1 })).entry).toHaveLength(1);
    expect(await sdk.readVersion('Patient', made.id, made.meta!.versionId!)).toEqual(made);
    await sdk.deleteResource('Patient', made.id);
    await sdk.deleteResource('Patient', made.id);
    await expect(sdk.readResource('Patient', made.id)).rejects.toMatchObject({ outcome: { id: 'gone' } });
    expect(await named('Hart')).toEqual([]);
    expect(await sdk.readVersion('Patient', made.id, made.meta!.versionId!)).toEqual(made);
  });

  it('makes one only if there is none', async () => {
    const sdk = await person({ resourceType: '*' });
    const numbered = { ...ada, identifier: [{ system: 'https://clinic.example', value: 'n1' }] };
    const make = () => sdk.createResourceIfNoneExist(numbered, 'identifier=https://clinic.example|n1');
    expect(await make()).toEqual(await make());
  });

  it('shows its caller the words of a refusal', async () => {
    const sdk = await person({ resourceType: 'Patient', readonly: true });
    await expect(sdk.createResource(ada)).rejects.toMatchObject({ outcome: { id: 'forbidden' } });
    const all = await person({ resourceType: '*' });
    await expect(all.createResource({ ...ada, birthDate: '31.1.80' })).rejects.toThrow(/birthDate/);
    const made = await all.createResource(ada);
    await all.updateResource({ ...made, active: true });
    const stale = { headers: { 'If-Match': `W/"${made.meta?.versionId}"` } };
    await expect(all.updateResource({ ...made, active: false }, stale)).rejects.toMatchObject({
      outcome: { id: 'precondition-failed' },
    });
  });

  it('F119 W-522 reads, changes and writes back without erasing what it does not see', async () => {
    const all = await person({ resourceType: '*' });
    const made = await all.createResource(ada);
    const blind = await person({ resourceType: 'Patient', hiddenFields: ['birthDate', 'name.given'] });
    const seen = await blind.readResource('Patient', made.id);
    expect(seen.birthDate).toBeUndefined();
    await blind.updateResource({ ...seen, gender: 'female' });
    expect(await all.readResource('Patient', made.id)).toMatchObject({ ...ada, gender: 'female' });
  });

  it('remembers what it wrote, as browsers do', async () => {
    const sdk = newSdk(world.app.baseUrl, { cacheTime: 60_000 });
    sdk.setBasicAuth(world.project.server.id, world.project.server.secret!);
    const made = await sdk.createResource(ada);
    await sdk.readResource('Patient', made.id);
    const patched = await sdk.patchResource('Patient', made.id, [
      { op: 'add', path: '/active', value: true },
    ]);
    expect(await sdk.readResource('Patient', made.id)).toEqual(patched);
  });
});

describe('@medplum/core and what a project is made of', () => {
  it('W-529 reads, writes back unchanged, changes and finds clients, policies and memberships', async () => {
    const sdk = newSdk(world.app.baseUrl);
    sdk.setAccessToken(world.tokens.admin);
    const { server, person } = world.project;
    const places = [
      ['ClientApplication', server.id],
      ['ProjectMembership', person.membershipId],
      ['Project', world.project.id],
      ['User', person.userId],
    ] as const;
    for (const [type, id] of places) {
      const found = await sdk.readResource(type, id);
      expect(found.meta?.project).toBe(world.project.id);
      expect(await sdk.updateResource(found)).toEqual(found);
      expect((await sdk.searchResources(type, { _id: id })).map((one: object) => one)).toEqual([found]);
    }
    expect((await world.agent.clientCredentials(server)).status).toBe(200);
    const policy = await sdk.createResource({
      resourceType: 'AccessPolicy',
      name: 'Of the SDK',
      resource: [{ resourceType: 'Patient', readonly: true }],
    });
    const [named] = await sdk.searchResources('AccessPolicy', { name: 'of the' });
    expect(named).toEqual(policy);
    const membership = await sdk.readResource('ProjectMembership', person.membershipId);
    const accessPolicy = { reference: `AccessPolicy/${policy.id}` };
    const changed = await sdk.updateResource({ ...membership, accessPolicy });
    expect(changed.accessPolicy).toEqual(accessPolicy);
    const under = await sdk.searchResources('ProjectMembership', { 'access-policy': accessPolicy.reference });
    expect(under.map(({ id }: { id?: string }) => id)).toEqual([person.membershipId]);
    await sdk.patchResource('AccessPolicy', policy.id, [{ op: 'replace', path: '/name', value: 'Renamed' }]);
    // Somebody has it.
    await expect(sdk.deleteResource('AccessPolicy', policy.id)).rejects.toMatchObject({
      outcome: { id: 'conflict' },
    });
    const { entry } = await sdk.readHistory('AccessPolicy', policy.id);
    expect(entry?.map(({ resource }: { resource?: { name?: string } }) => resource?.name)).toEqual([
      'Renamed',
      'Of the SDK',
    ]);
  });
});
