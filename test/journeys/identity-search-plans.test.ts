import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { CompiledPolicy } from '../../src/access-policy/compiled-policy.js';
import { pairsOfUrl } from '../../src/fhir/search-pairs.js';
import { readSearch } from '../../src/fhir/search-request.js';
import { UserSearchService } from '../../src/identities/user-search.service.js';
import type { ProjectId } from '../../src/kernel/ids.js';
import type { Tx } from '../../src/kernel/tx.js';
import { MembershipSearchService } from '../../src/memberships/membership-search.service.js';
import type { ViewPage } from '../../src/r4/view-search.js';
import { planOf } from '../helpers/plans.js';
import { type DomainNode, refusal, startDomain, twoProjects } from '../stores/domain-node.js';

const people = 6_000;
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
  await load(north, 0, people, String(projects.north.person.membership.accessPolicyId));
  await load(south, people, 1_000, String(projects.south.person.membership.accessPolicyId));
}, 120_000);
afterAll(async () => {
  await client.end();
  await node.close();
});

const idOf = (kind: number, at: number) => `01980000-0000-7000-800${kind}-${String(at).padStart(12, '0')}`;
// Neither ids nor times go with what is looked for.
const mixed = (at: number) => (at * 7919) % people;

async function load(projectId: ProjectId, first: number, count: number, policyId: string): Promise<void> {
  const all = Array.from({ length: count }, (_, at) => first + at);
  const time = (at: number) => new Date(Date.UTC(2026, 0, 1) + mixed(at) * 60_000).toISOString();
  await copy(
    'user_account (id, project_id, email, given_name, family_name, created_at, updated_at)',
    all.map((at) => [
      idOf(1, at),
      projectId,
      `p${mixed(at)}-${at}@example.org`,
      'Ada',
      'Quill',
      time(at),
      time(at),
    ]),
  );
  await copy(
    `project_membership (id, project_id, user_id, profile_type, profile_id, state, admin, access_policy_id,
       external_id, created_at, updated_at)`,
    all.map((at) => [
      ...[idOf(2, at), projectId, idOf(1, at), 'Patient', idOf(3, at), 'active'],
      ...[mixed(at) % 600 === 0 ? 't' : 'f', policyId, `E${at}`, time(at), time(at)],
    ]),
  );
}

async function copy(into: string, rows: readonly (readonly string[])[]): Promise<void> {
  const lines = rows.map((row) => `${row.join('\t')}\n`);
  await pipeline(Readable.from(lines), client.query(copyFrom(`COPY ${into} FROM STDIN`)));
}

/** As an admin asks: the policy goes along. */
async function plan(type: 'User' | 'ProjectMembership', projectId: ProjectId, query: string) {
  const { query: asked } = readSearch(type, pairsOfUrl(`?${query}`), { own: '', lenient: false });
  const subject = { projectId, profile: 'Practitioner/1', admin: true, superAdmin: false };
  const where = { all: [new CompiledPolicy([], subject).where('search', type), asked.where] };
  const finder = type === 'User' ? node.get(UserSearchService) : node.get(MembershipSearchService);
  const table = type === 'User' ? 'user_account' : 'project_membership';
  const search = (tx: Tx): Promise<ViewPage<object>> => finder.search(tx, projectId, { ...asked, where });
  return planOf(node, client, table, search);
}

describe('searches among thousands of members', () => {
  it('misses nothing that came from elsewhere: it says that it is not ready, or it is', async () => {
    const members = node.get(MembershipSearchService);
    await expect(members.ready(north)).rejects.toEqual(refusal('search-index-behind'));
    await members.ready(north);
    await members.ready(south);
    await expect(node.get(UserSearchService).ready(north)).rejects.toEqual(refusal('search-index-behind'));
    for (const projectId of [north, south]) await node.get(UserSearchService).ready(projectId);
    await client.query('VACUUM ANALYZE user_account, project_membership');
    const { page } = await plan('ProjectMembership', north, '_count=0');
    expect(page.total).toBe(people + 2);
  });

  it.each<[type: 'User' | 'ProjectMembership', query: string, index: string, found: number]>([
    ['User', '', 'ix_user_account_project', 20],
    ['User', '_count=100', 'ix_user_account_project', 100],
    ['User', '_sort=-_id', 'ix_user_account_project', 20],
    ['User', '_sort=-_lastUpdated', 'ix_user_account_updated', 20],
    ['User', `_cursor=after.${idOf(1, people + 500)}`, 'user_account', 20],
    ['ProjectMembership', '', 'ix_project_membership_project', 20],
    ['ProjectMembership', '_sort=_lastUpdated&_count=3', 'ix_project_membership_updated', 3],
  ])('%s?%s walks %s in the smaller project', async (type, query, index, found) => {
    const { page, scans, indexes, read, wasted } = await plan(type, south, query);
    expect(page.rows).toHaveLength(found);
    expect(scans).not.toContain('Seq Scan');
    expect([indexes, wasted]).toEqual([[expect.stringContaining(index)], 0]);
    expect(read).toBe(found + 1);
  });

  it.each<[type: 'User' | 'ProjectMembership', query: string, index: string, found: number]>([
    ['User', `_id=${idOf(1, 17)}`, 'user_account', 1],
    ['User', `email=p${mixed(17)}-17@example.org`, 'ix_user_account_terms', 1],
    ['User', 'email=p59&_total=accurate&_count=1000', 'ix_user_account_terms', 111],
    ['ProjectMembership', `user=User/${idOf(1, 33)}`, 'ix_project_membership_terms', 1],
    ['ProjectMembership', `profile=Patient/${idOf(3, 33)}`, 'ix_project_membership_terms', 1],
    ['ProjectMembership', 'external-id:exact=E44', 'ix_project_membership_terms', 1],
    ['ProjectMembership', 'admin=true&_count=100', 'ix_project_membership_terms', 10],
    ['ProjectMembership', 'external-id:missing=true', 'ix_project_membership_terms', 2],
  ])('%s?%s is answered by %s', async (type, query, index, found) => {
    const { page, scans, indexes, read, wasted } = await plan(type, north, query);
    expect(page.rows).toHaveLength(found);
    expect(scans).not.toContain('Seq Scan');
    expect(indexes).toEqual(expect.arrayContaining([expect.stringContaining(index)]));
    expect(read).toBeLessThanOrEqual((found + 6) * 2);
    expect(wasted).toBeLessThanOrEqual(20);
  });
});
