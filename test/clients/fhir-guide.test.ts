import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type AdminWorld, startAdminWorld } from '../helpers/admin-world.js';
import { FhirAgent } from '../helpers/fhir-agent.js';
import { codeBlocks, folderWithPackages, linesOf, pageFor, saveExamples } from '../helpers/page-code.js';

let world: AdminWorld;
let fhir: FhirAgent;
let guide: string;
let folder: string;
beforeAll(async () => {
  world = await startAdminWorld();
  fhir = new FhirAgent(world);
  guide = await pageFor(world.app, 'docs/guides/fhir-door.md');
  folder = await folderWithPackages();
  await saveExamples(guide, folder);
  // How Node 20 gets its WebSocket stands on the other page.
  const other = codeBlocks(await readFile('docs/guides/medplum-sdk.md', 'utf8'), 'js');
  await writeFile(join(folder, 'websocket.mjs'), other[0]!);
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await world.close();
});

/** A client of the page whose membership has the policy in this block. */
async function client(policyAt: number): Promise<Record<string, string>> {
  const blocks = codeBlocks(guide, 'graphql');
  const { accessPolicy } = (await fhir.ask(blocks[policyAt]!)).createAccessPolicy;
  const made = (await fhir.ask(blocks[1]!)).createClient;
  const { id: membership, version } = made.membership;
  await fhir.ask(blocks[2]!, { membership, version, policy: accessPolicy.id });
  return { BASE_URL: world.app.baseUrl, CLIENT_ID: made.client.id, CLIENT_SECRET: made.secret };
}

describe('the guide to people as FHIR resources', () => {
  it('a device that only sends, somebody who does not see everything, an admin, and a back end that acts for others', async () => {
    expect(await linesOf(folder, 'kiosk.mjs', await client(0))).toEqual([
      'Made one for Organization/front-desk',
      expect.stringMatching(/^Without a name: Forbidden|^Without a name: You may not/),
      expect.stringMatching(/^Not FHIR: Invalid date format \(Patient\.birthDate\)/),
      expect.stringMatching(/^Reading: /),
      expect.stringMatching(/^Searching: /),
    ]);
    expect(await linesOf(folder, 'registration.mjs', await client(3))).toEqual([
      'Sees a date of birth: false',
      expect.stringMatching(/^Again: Precondition Failed/),
      'Versions: Hart, Hart, Quill',
    ]);
    const { createClient: admin } = await fhir.ask(
      'mutation($input: CreateClientInput!) { createClient(input: $input) { client { id } secret } }',
      { input: { name: 'Admin', grantTypes: ['CLIENT_CREDENTIALS'], membership: { admin: true } } },
    );
    const administrator = { CLIENT_ID: admin.client.id, CLIENT_SECRET: admin.secret };
    const environment = { BASE_URL: world.app.baseUrl, ...administrator };
    expect(await linesOf(folder, 'administer.mjs', environment)).toEqual([
      'Patients: 1',
      expect.stringMatching(/^Members: Forbidden|^Members: You may not/),
      'Under the policy: 1',
      'The client was: off, active',
    ]);
    const made = (await fhir.ask(codeBlocks(guide, 'graphql')[4]!)).createClient;
    const seesActive = await fhir.person({ resourceType: 'Patient', criteria: 'Patient?active=true' });
    const portal = { BASE_URL: world.app.baseUrl, CLIENT_ID: made.client.id, CLIENT_SECRET: made.secret };
    for (const MEMBER of [seesActive.profile, `ProjectMembership/${seesActive.membershipId}`])
      expect(await linesOf(folder, 'portal.mjs', { ...portal, MEMBER })).toEqual([
        `By ClientApplication for ${seesActive.profile}`,
        expect.stringMatching(/^Sees [12]$/),
      ]);
    const all = await fhir.person({ resourceType: '*' });
    const { body } = await fhir.call(all, 'GET', 'Patient?family=hart');
    expect(body.entry).toHaveLength(1);
    expect(body.entry[0].resource).toMatchObject({ birthDate: '1980-01-31', gender: 'female' });
  });
});
