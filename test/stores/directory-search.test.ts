import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { CompiledPolicy } from '../../src/access-policy/compiled-policy.js';
import { DirectoryService } from '../../src/directory/directory.service.js';
import { DirectoryReindexWorker } from '../../src/directory/directory-reindex.worker.js';
import { DirectorySearchService, maxIndexedBySearch } from '../../src/directory/directory-search.service.js';
import { ResourcesService } from '../../src/directory/resources.service.js';
import { pairsOfUrl } from '../../src/fhir/search-pairs.js';
import { readSearch } from '../../src/fhir/search-request.js';
import type { ProjectId } from '../../src/kernel/ids.js';
import { everything, matches, type Where } from '../../src/kernel/where.js';
import { searchParametersOf } from '../../src/r4/search-parameters.js';
import { type Resource, searchRow } from '../../src/r4/search-row.js';
import { randomCondition, randomGrant, randomPatient } from '../helpers/random-policies.js';
import { actor, type DomainNode, refusal, startDomain, twoProjects } from './domain-node.js';

let node: DomainNode;
let search: DirectorySearchService;
let north: ProjectId;
let south: ProjectId;

beforeAll(async () => {
  node = await startDomain();
  search = node.get(DirectorySearchService);
  const projects = await twoProjects(node);
  north = projects.north.id;
  south = projects.south.id;
});
afterAll(() => node.close());

const all = { sort: { by: 'id', descending: false }, limit: 1_000, offset: 0, total: true } as const;
async function find(projectId: ProjectId, where: Where = everything, type = 'Patient'): Promise<string[]> {
  const page = await node.tx((tx) => search.search(tx, projectId, type, { ...all, where }));
  expect(page.total).toBe(page.rows.length);
  return page.rows.map(({ id }) => id);
}

async function write(projectId: ProjectId, content: Resource): Promise<Resource & { id: string }> {
  const resources = node.get(ResourcesService);
  const made = resources.versioned(projectId, content);
  await node.tx((tx) => resources.create(tx, actor, projectId, made));
  return made;
}

const profiles = (projectId: ProjectId, count: number) =>
  node.tx(async (tx) => {
    const person = { givenName: 'Ada', familyName: 'Quill', email: 'ada@example.org' };
    for (let made = 0; made < count; made++)
      await node.get(DirectoryService).createProfile(tx, actor, projectId, 'Practitioner', person);
  });

describe('a search of the directory', () => {
  it('finds what memory finds, whatever the resources, the policies and the conditions, in its own project only', async () => {
    const written: (Resource & { id: string })[] = [];
    for (const { id: _, ...content } of fc.sample(randomPatient, { numRuns: 60, seed: 7 })) {
      written.push(await write(north, content as Resource));
      await write(south, content as Resource);
    }
    const ids = written.map(({ id }) => id).sort();
    expect(await find(north)).toEqual(ids);
    // Ids that policies and conditions name become those of resources that are there.
    const known = (text: string) =>
      text.replace(/00000000-0000-7000-8000-00000000000(\d)/g, (_, at) => written[Number(at)]!.id);
    const subject = {
      projectId: north,
      profile: `Patient/${written[1]!.id}`,
      admin: false,
      superAdmin: false,
    };
    let opened = 0;
    let found = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(randomGrant, { minLength: 1, maxLength: 3 }),
        fc.array(
          randomCondition.filter((text) => !text.includes('%')),
          { minLength: 1, maxLength: 3 },
        ),
        async (grants, conditions) => {
          const own = grants.map(({ policy, parameters }) => ({
            policy: JSON.parse(known(JSON.stringify(policy))),
            parameters: new Map([...parameters].map(([name, text]) => [name, known(text)])),
          }));
          const policy = new CompiledPolicy(own, subject);
          const allowed = written.filter((one) => policy.allows('search', one).allowed);
          expect(await find(north, policy.where('search', 'Patient'))).toEqual(
            allowed.map(({ id }) => id).sort(),
          );
          opened += allowed.length;
          const url = `?${known(conditions.join('&'))}`;
          const { query } = readSearch('Patient', pairsOfUrl(url), { own: '', lenient: false });
          const matching = written.filter((one) =>
            matches(query.where, searchRow(one, searchParametersOf('Patient'))),
          );
          expect(await find(north, query.where)).toEqual(matching.map(({ id }) => id).sort());
          found += matching.length;
        },
      ),
      { numRuns: 100 },
    );
    expect(opened).toBeGreaterThan(50);
    expect(found).toBeGreaterThan(50);
  });

  it('misses nothing that has no index yet: it makes it, once, whoever asks', async () => {
    await profiles(south, 3);
    const before = await find(south, everything, 'Practitioner');
    const named: Where = readSearch('Practitioner', pairsOfUrl('?family=quill'), {
      own: '',
      lenient: false,
    }).query.where;
    expect(await find(south, named, 'Practitioner')).toEqual([]);
    await Promise.all([1, 2, 3].map(() => search.ready(south, 'Practitioner')));
    expect(await find(south, named, 'Practitioner')).toEqual(before);
    expect(await find(north, named, 'Practitioner')).toEqual([]);
  });

  it('says that it is not ready where more has no index than one request should make, and the background makes it', async () => {
    const worker = node.get(DirectoryReindexWorker);
    expect(await worker.prepare()).toBeUndefined();
    await profiles(north, 2 * maxIndexedBySearch + 10);
    expect(await worker.prepare()).toEqual({});
    await expect(search.ready(north, 'Practitioner')).rejects.toEqual(refusal('search-index-behind'));
    await search.ready(north, 'Patient');
    await worker.send({}, { signal: AbortSignal.timeout(60_000) });
    expect(await worker.prepare()).toBeUndefined();
    await search.ready(north, 'Practitioner');
    const { query } = readSearch('Practitioner', pairsOfUrl('?given=ada&_count=0'), {
      own: '',
      lenient: false,
    });
    const page = await node.tx((tx) => search.search(tx, north, 'Practitioner', query));
    // And the one that came with the project.
    expect([page.total, page.rows]).toEqual([2 * maxIndexedBySearch + 11, []]);
  });

  it('refuses to keep what has more values than can be searched', async () => {
    const identifier = Array.from({ length: 4_000 }, (_, at) => ({ system: `urn:x:${at}`, value: `${at}` }));
    await expect(write(north, { resourceType: 'Patient', identifier })).rejects.toEqual(
      refusal('invalid-input'),
    );
  });
});
