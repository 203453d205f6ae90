import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { AccessPolicy } from '../../src/access-policy/access-policy.entity.js';
import { policyCreation } from '../../src/access-policy/access-policy-input.js';
import { CompiledPolicy } from '../../src/access-policy/compiled-policy.js';
import { DirectorySearchService } from '../../src/directory/directory-search.service.js';
import { indexEntry } from '../../src/directory/search-index.js';
import { pairsOfUrl } from '../../src/fhir/search-pairs.js';
import { readSearch } from '../../src/fhir/search-request.js';
import type { ProjectId } from '../../src/kernel/ids.js';
import { parseInput } from '../../src/kernel/input.js';
import { everything, type Where } from '../../src/kernel/where.js';
import { type Resource, searchVersion } from '../../src/r4/search-row.js';
import { planOf } from '../helpers/plans.js';
import { type DomainNode, startDomain, twoProjects } from '../stores/domain-node.js';

const patients = 10_000;
let node: DomainNode;
let client: pg.Client;
let north: ProjectId;
let south: ProjectId;

beforeAll(async () => {
  node = await startDomain();
  client = new pg.Client(node.database.ownerConnection);
  await client.connect();
  const projects = await twoProjects(node);
  north = projects.north.id;
  south = projects.south.id;
  await load(north, 0, patients);
  // A large part of the table: then the other project's rows are the easiest to walk, for nothing.
  await load(south, patients, 6_000);
  await client.query('VACUUM ANALYZE directory_resource, directory_span');
}, 120_000);
afterAll(async () => {
  await client.end();
  await node.close();
});

const idOf = (at: number) => `01980000-0000-7000-8000-${String(at).padStart(12, '0')}`;
// Neither ids nor times go with what is looked for.
const mixed = (at: number) => (at * 7919) % patients;
const day = (at: number) => new Date(at * 86_400_000).toISOString().slice(0, 10);

function patient(at: number): Resource {
  const n = mixed(at);
  return {
    resourceType: 'Patient',
    id: idOf(at),
    meta: { lastUpdated: new Date(Date.UTC(2026, 0, 1) + n * 60_000).toISOString() },
    identifier: [{ system: 'urn:mrn', value: `M${n}` }],
    name: [{ family: `Family${n % 2_000}`, given: [`Given${n % 50}`] }],
    telecom: [{ system: 'email', value: `p${n}@example.org` }],
    ...(n % 1_000 !== 0 && { gender: n % 2 ? 'male' : 'female' }),
    birthDate: day(n),
    generalPractitioner: [{ reference: `Practitioner/${n % 400}` }],
    managingOrganization: { reference: `Organization/${n % 500}` },
  };
}

async function load(projectId: ProjectId, first: number, count: number): Promise<void> {
  const resources = Array.from({ length: count }, (_, at) => patient(first + at));
  const made = resources.map((resource) => ({ resource, entry: indexEntry(projectId, resource) }));
  const lexeme = (term: string) => `'${term.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
  const text = (value: string) =>
    value.replaceAll('\\', '\\\\').replaceAll('\t', '\\t').replaceAll('\n', '\\n');
  await copy(
    'directory_resource (id, project_id, resource_type, version_id, content, last_updated, terms, index_version)',
    made.map(({ resource, entry }) =>
      [
        resource.id,
        projectId,
        'Patient',
        resource.id,
        text(JSON.stringify(resource)),
        resource.meta!['lastUpdated'],
        text(entry.terms.map(lexeme).join(' ')),
        searchVersion,
      ].join('\t'),
    ),
  );
  await copy(
    'directory_span (project_id, resource_type, resource_id, name, low, high)',
    made.flatMap(({ resource, entry }) =>
      entry.spans.map(({ name, low, high }) =>
        [projectId, 'Patient', resource.id, name, low, high].join('\t'),
      ),
    ),
  );
}

async function copy(into: string, lines: readonly string[]): Promise<void> {
  await pipeline(
    Readable.from(lines.map((line) => `${line}\n`)),
    client.query(copyFrom(`COPY ${into} FROM STDIN`)),
  );
}

/** How PostgreSQL answered a search, in one statement. */
async function plan(projectId: ProjectId, query: string, where: Where = everything) {
  const { query: asked } = readSearch('Patient', pairsOfUrl(`?${query}`), { own: '', lenient: false });
  const all = { ...asked, where: { all: [where, asked.where] } };
  const seen = await planOf(node, client, 'directory_resource', (tx) =>
    node.get(DirectorySearchService).search(tx, projectId, 'Patient', all),
  );
  expect(seen.statements).toBe(1);
  return seen;
}

/** What a policy with these entries opens to a search. */
function whereOf(resource: readonly object[]): Where {
  const policy = parseInput(policyCreation, { name: 'Wards', resource }) as unknown as AccessPolicy;
  const subject = { projectId: north, profile: 'Practitioner/1', admin: false, superAdmin: false };
  return new CompiledPolicy([{ policy, parameters: new Map() }], subject).where('search', 'Patient');
}

const n = mixed(4_321);

describe('searches among thousands', () => {
  // The smaller project, whose ids come after all of the other's.
  it.each<[query: string, index: string, found: number]>([
    ['', 'ix_directory_resource_type', 20],
    ['_count=500', 'ix_directory_resource_type', 500],
    ['_sort=-_id', 'ix_directory_resource_type', 20],
    [`_cursor=after.${idOf(11_000)}`, 'directory_resource', 20],
    [`_cursor=before.${idOf(11_000)}`, 'directory_resource', 20],
    ['_sort=-_lastUpdated', 'ix_directory_resource_updated', 20],
  ])('Patient?%s walks %s', async (query, index, found) => {
    const { page, scans, indexes, read, wasted } = await plan(south, query);
    expect(page.rows).toHaveLength(found);
    expect(scans).not.toContain('Seq Scan');
    expect([indexes, wasted]).toEqual([[expect.stringContaining(index)], 0]);
    expect(read).toBe(found + 1);
  });

  it.each<[query: string, index: string, found: number]>([
    ['_sort=-_lastUpdated', 'ix_directory_resource_updated', 20],
    ['_sort=_lastUpdated&_count=3', 'ix_directory_resource_updated', 3],
    ['_lastUpdated=ge2026-01-07T22:30', 'ix_directory_resource_updated', 10],
    [`_id=${idOf(17)}`, '_directory_resource', 1],
    [`identifier=urn:mrn|M${n}`, 'ix_directory_resource_terms', 1],
    [`identifier=M${n}&_total=accurate`, 'ix_directory_resource_terms', 1],
    [`email=P${n}@example.org`, 'ix_directory_resource_terms', 1],
    ['family=family1999', 'ix_directory_resource_terms', 5],
    ['family:exact=Family12', 'ix_directory_resource_terms', 5],
    ['name=family77,family78:x,Family79&given=given27', 'ix_directory_resource_terms', 10],
    ['general-practitioner=Practitioner/7&_sort=-_lastUpdated', 'ix_directory_resource_terms', 20],
    ['organization=7', 'ix_directory_resource_terms', 20],
    ['gender:missing=true', 'ix_directory_resource_terms', 10],
    ['organization=8&gender:not=female', 'ix_directory_resource_terms', 0],
    [`birthdate=${day(5_000)}`, 'pk_directory_span', 1],
    [`birthdate=lt${day(7)}`, 'pk_directory_span', 7],
    [`birthdate=ge${day(9_995)}`, 'ix_directory_span_high', 5],
    [`birthdate=ge${day(300)}&birthdate=lt${day(305)}&_total=accurate`, 'pk_directory_span', 5],
  ])('Patient?%s is answered by %s', async (query, index, found) => {
    const { page, scans, indexes, read, wasted } = await plan(north, query);
    expect(page.rows).toHaveLength(found);
    expect(scans).not.toContain('Seq Scan');
    expect(indexes).toEqual(expect.arrayContaining([expect.stringContaining(index)]));
    // What is found is looked at once for the page and once for the total; sorted ones, before the page is cut off.
    const all = page.total ?? found;
    expect(read).toBeLessThanOrEqual((all + 6) * 2);
    expect(wasted).toBeLessThanOrEqual(20);
  });

  describe('among many millions, as PostgreSQL believes', () => {
    beforeAll(() => node.database.pretendRows('directory_resource', 1_000));
    afterAll(() => node.database.pretendRows('directory_resource', 1 / 1_000));

    // Walking the order would find the first of these after thousands of rows, and nothing at all after all of them.
    it.each<[query: string, found: number]>([
      [`identifier=urn:mrn|M${n}&_total=accurate`, 1],
      ['family:exact=Family12', 5],
      ['family=family1999&_sort=-_lastUpdated', 5],
      ['name=family77,family78:x,Family79&given=given27', 10],
      ['gender:missing=true&_sort=_lastUpdated&_count=5', 5],
      [`_cursor=after.${idOf(1)}&family:exact=Family12`, 5],
      ['email=nobody@example.org', 0],
    ])('Patient?%s finds the few first', async (query, found) => {
      const { page, indexes, read } = await plan(north, query);
      expect(page.rows).toHaveLength(found);
      expect(indexes).toContain('ix_directory_resource_terms');
      expect(read).toBeLessThanOrEqual(40);
    });

    it('a patient of one practitioner alone is found first where the policy opens no others', async () => {
      const resource = [{ resourceType: 'Patient', criteria: 'Patient?general-practitioner=Practitioner/7' }];
      const { page, read } = await plan(north, '_sort=-_lastUpdated', whereOf(resource));
      expect(page.rows).toHaveLength(20);
      expect(read).toBeLessThanOrEqual(60);
    });

    it('what many have is not gathered: the order is walked', async () => {
      const { page, read, indexes } = await plan(north, 'gender=male&_sort=-_lastUpdated');
      expect([page.rows.length, page.more]).toEqual([20, true]);
      expect(indexes).not.toContain('ix_directory_resource_terms');
      expect(read).toBeLessThanOrEqual(60);
    });

    it('more than a few are found in order all the same, page after page', async () => {
      const { page } = await plan(north, 'name=Given&_total=accurate&_sort=_lastUpdated');
      expect([page.total, page.more]).toEqual([patients, true]);
      const times = page.rows.map(({ lastUpdated }) => lastUpdated.getTime());
      expect(times).toEqual(times.toSorted((one, other) => one - other));
    });
  });

  it('never read what is of another project', async () => {
    const alone = await plan(south, `identifier=urn:mrn|M${n}&_total=accurate`);
    expect([alone.page.total, alone.read]).toEqual([expect.any(Number), expect.any(Number)]);
    expect(alone.read).toBeLessThanOrEqual(3);
    expect(alone.wasted).toBe(0);
  });

  it('stay within what twenty entries of a policy open, total included', async () => {
    const resource = Array.from({ length: 20 }, (_, at) => ({
      resourceType: 'Patient',
      criteria: `Patient?organization=Organization/${at}`,
    }));
    const where = whereOf(resource);
    const one = await plan(north, `family=family7&_total=accurate`, where);
    expect(one.indexes).toContain('ix_directory_resource_terms');
    expect(one.scans).not.toContain('Seq Scan');
    const all = await plan(north, '_count=0', where);
    expect([all.page.total, all.page.rows]).toEqual([400, []]);
    expect(all.scans).not.toContain('Seq Scan');
    expect(all.read).toBeLessThanOrEqual(400);
  });
});
