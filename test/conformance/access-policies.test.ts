import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { buildSchema, getNamedType, isObjectType } from 'graphql';
import { root } from '../architecture/sources.js';
import { type AdminWorld, startAdminWorld } from '../helpers/admin-world.js';

type Entry = Record<string, unknown>;
interface Policy {
  readonly resource?: readonly Entry[];
  readonly compartment?: string;
  readonly ipAccessRule?: readonly object[];
}
interface Given {
  /** Policies in the order of the membership, with the parameters of each. */
  readonly policies: readonly (Policy & { readonly parameters?: Readonly<Record<string, string>> })[];
  readonly admin?: boolean;
  readonly client?: true;
}

let world: AdminWorld;
beforeAll(async () => {
  world = await startAdminWorld();
});
afterAll(() => world.close());

/** Asks as the admin of the project, and fails loudly. */
async function ask(query: string, variables: object = {}) {
  const { data, errors } = await world.graphql('admin', query, variables);
  if (errors.length > 0) throw new Error(JSON.stringify(errors));
  return data;
}

async function makePolicy({ resource, compartment, ipAccessRule }: Policy): Promise<string> {
  const data = await ask(
    'mutation($input: CreateAccessPolicyInput!) { createAccessPolicy(input: $input) { accessPolicy { id } } }',
    { input: { name: 'Under test', resource, compartment, ipAccessRule } },
  );
  return data.createAccessPolicy.accessPolicy.id;
}

/** A new person whose membership has exactly these policies; the id of the membership and of the profile. */
async function member({ policies, admin = false, client }: Given): Promise<{ id: string; profile: string }> {
  const membershipId = client
    ? (
        await ask(
          'mutation($input: CreateClientInput!) { createClient(input: $input) { membership { id } } }',
          {
            input: { name: 'A device', grantTypes: ['CLIENT_CREDENTIALS'] },
          },
        )
      ).createClient.membership.id
    : (await world.addPerson(world.project.id, { admin })).membershipId;
  const made = await Promise.all(
    policies.map(async ({ parameters = {}, ...policy }) => ({
      policyId: await makePolicy(policy),
      parameter: Object.entries(parameters).map(([name, value]) =>
        /^[A-Z]\w+\/\S+$/.test(value) ? { name, valueReference: value } : { name, valueString: value },
      ),
    })),
  );
  const { membership } = await ask(
    'query($id: ID!) { membership(id: $id) { version profile { reference } } }',
    { id: membershipId },
  );
  const [first, ...rest] = made;
  const plain = first!.parameter.length === 0;
  await ask(
    'mutation($input: EditMembershipInput!) { editMembership(input: $input) { membership { id } } }',
    {
      input: {
        id: membershipId,
        version: membership.version,
        changes: { accessPolicyId: plain ? first!.policyId : null, access: plain ? rest : made },
      },
    },
  );
  return { id: membershipId, profile: membership.profile.reference };
}

interface Answer {
  readonly allowed: boolean;
  readonly reason: string;
  readonly hiddenFields: readonly string[];
  readonly readonlyFields: readonly string[];
}

async function explain(
  id: string,
  interaction: string,
  resource: string | object,
  more: object = {},
): Promise<Answer> {
  const data = await ask(
    `query($id: ID!, $interaction: PolicyInteraction!, $type: String!, $resource: String, $reference: String, $address: String, $scopes: [String!]) {
      explainAccess(membershipId: $id, interaction: $interaction, resourceType: $type, resource: $resource, reference: $reference, address: $address, scopes: $scopes)
        { allowed reason hiddenFields readonlyFields } }`,
    {
      id,
      interaction: interaction.toUpperCase(),
      type: typeof resource === 'string' ? resource : (resource as { resourceType: string }).resourceType,
      ...(typeof resource === 'object' && { resource: JSON.stringify(resource) }),
      ...more,
    },
  );
  return data.explainAccess;
}

const observation = (fields: object = {}) => ({ resourceType: 'Observation', status: 'final', ...fields });
const about = (patient: string, fields: object = {}) =>
  observation({ subject: { reference: `Patient/${patient}` }, ...fields });
const all = (resourceType: string, fields: object = {}) => ({ resourceType, ...fields });

/** Each line: what the policies are, what is asked, and the answer. */
type Line = [
  id: string,
  given: Given,
  question: [interaction: string, resource: string | object],
  allowed: boolean,
];
const one = (...resource: Entry[]): Given => ({ policies: [{ resource }] });
const readonly = one(all('Observation', { readonly: true }));
const finalOnly = one(
  all('Observation', { readonly: true }),
  all('Observation', { criteria: 'Observation?status=preliminary' }),
);
const wards: Given = {
  policies: [
    {
      resource: [all('Observation', { criteria: 'Observation?_compartment=%ward' })],
      parameters: { ward: 'Organization/1' },
    },
    {
      resource: [all('Observation', { criteria: 'Observation?_compartment=%ward' })],
      parameters: { ward: 'Organization/2' },
    },
  ],
};
const inWard = (ward: string) => observation({ meta: { account: { reference: ward } } });
const changed = one(
  all('Observation', {
    interaction: ['CREATE', 'READ'],
    writeConstraint: [{ expression: "%before.exists().not() implies %after.status = 'registered'" }],
  }),
);
const device: Given = {
  ...one(all('Observation', { criteria: 'Observation?_compartment=%ward', interaction: ['CREATE'] })),
  client: true,
};

describe('what a policy opens (wire-spec section 1.8), asked through explainAccess', () => {
  it.each<Line>([
    ['W-512 a type that no entry names', readonly, ['read', 'Patient'], false],
    ['W-512 a type that no entry names', readonly, ['search', 'Patient'], false],
    ['W-513 a read-only type', readonly, ['read', observation()], true],
    ['W-513 a read-only type', readonly, ['search', 'Observation'], true],
    ['W-513 a read-only type', readonly, ['update', observation()], false],
    ['W-513 a read-only type', readonly, ['delete', observation()], false],
    ['W-517 W-519 W-526 two wards', wards, ['read', inWard('Organization/1')], true],
    ['W-517 W-519 W-526 two wards', wards, ['read', inWard('Organization/2')], true],
    ['W-517 W-519 W-526 two wards', wards, ['read', inWard('Organization/3')], false],
    [
      'W-523 an identifier',
      one(all('Patient', { criteria: 'Patient?identifier=urn:mrn|1' })),
      ['read', { resourceType: 'Patient', identifier: [{ system: 'urn:mrn', value: '1' }] }],
      true,
    ],
    [
      'W-523 an identifier',
      one(all('Patient', { criteria: 'Patient?identifier=urn:mrn|1' })),
      ['history', { resourceType: 'Patient', identifier: [{ system: 'urn:mrn', value: '2' }] }],
      false,
    ],
    ['W-524 a condition on a write', changed, ['create', observation({ status: 'registered' })], true],
    ['W-524 a condition on a write', changed, ['create', observation()], false],
    ['W-525 read-only, and criteria for writing', finalOnly, ['read', observation()], true],
    ['W-525 read-only, and criteria for writing', finalOnly, ['update', observation()], false],
    [
      'W-525 read-only, and criteria for writing',
      finalOnly,
      ['update', observation({ status: 'preliminary' })],
      true,
    ],
    [
      'W-527 a text as parameter',
      {
        policies: [
          {
            resource: [all('Observation', { criteria: 'Observation?code=%code' })],
            parameters: { code: 'urn:x|7' },
          },
        ],
      },
      ['read', observation({ code: { coding: [{ system: 'urn:x', code: '7' }] } })],
      true,
    ],
    [
      'W-529 an entry for an identity type',
      one(all('User'), all('ProjectMembership')),
      ['read', 'User'],
      false,
    ],
    ['W-529 * for an identity type', one(all('*')), ['read', 'ProjectMembership'], false],
    ['W-529 an admin, deleting the project', { ...one(all('*')), admin: true }, ['delete', 'Project'], false],
    [
      'W-529 an admin, creating a project',
      { ...one(all('Project')), admin: true },
      ['create', 'Project'],
      false,
    ],
    [
      'W-529 an admin, changing a membership',
      { ...one(all('Observation')), admin: true },
      ['update', 'ProjectMembership'],
      true,
    ],
    [
      'W-529 an admin, reading keys',
      { ...one(all('JsonWebKey')), admin: true },
      ['read', 'JsonWebKey'],
      false,
    ],
    ['W-534 an empty policy', one(), ['read', 'StructureDefinition'], true],
    ['W-534 an empty policy', one(), ['update', 'StructureDefinition'], false],
    ['W-534 an empty policy', one(), ['read', 'Patient'], false],
    [
      'W-538 * in a compartment',
      one(all('*', { criteria: '*?_compartment=Patient/1' })),
      ['read', about('1')],
      true,
    ],
    [
      'W-538 * in a compartment',
      one(all('*', { criteria: '*?_compartment=Patient/1' })),
      ['read', about('2')],
      false,
    ],
    [
      'W-538 * in a compartment',
      one(all('*', { criteria: '*?_compartment=Patient/1' })),
      ['read', { resourceType: 'Organization' }],
      false,
    ],
    [
      'W-539 interactions',
      one(all('Observation', { interaction: ['CREATE', 'VREAD'] })),
      ['vread', observation()],
      true,
    ],
    [
      'W-539 interactions',
      one(all('Observation', { interaction: ['CREATE', 'VREAD'] })),
      ['read', observation()],
      false,
    ],
    [
      'W-539 interactions',
      one(all('Observation', { interaction: ['CREATE', 'VREAD'] })),
      ['search', 'Observation'],
      false,
    ],
    [
      'readonly beside interactions',
      one(all('Observation', { interaction: ['CREATE', 'READ'], readonly: true })),
      ['create', observation()],
      false,
    ],
    [
      'an older compartment',
      one(all('Observation', { compartment: 'Patient/1' })),
      ['read', about('2')],
      false,
    ],
    [
      'a resource that cannot be read',
      one(all('Patient', { criteria: 'Patient?identifier:not=x' })),
      ['read', { resourceType: 'Patient', identifier: [{ valueOf: 1 }] }],
      false,
    ],
    ['the record', one(all('AuditEvent')), ['read', 'AuditEvent'], true],
    ['the record', one(all('AuditEvent')), ['create', 'AuditEvent'], false],
    ['the record', one(all('*')), ['read', 'AuditEvent'], false],
    ['W-520 a device that may only create', device, ['create', observation()], false],
    [
      'W-520 a device that may only create',
      {
        policies: [{ ...device.policies[0], parameters: { ward: 'Organization/1' }, compartment: '%ward' }],
        client: true,
      },
      ['create', observation()],
      true,
    ],
    ['W-520 a device that may only create', device, ['read', 'Observation'], false],
  ])('%s %#', async (_, given, [interaction, resource], allowed) => {
    const { id } = await member(given);
    const answer = await explain(id, interaction, resource);
    expect([answer.allowed, answer.reason]).toEqual([allowed, expect.stringMatching(/[\w"]\.$/)]);
  });

  it('W-532 hidden and read-only fields are those of the first entry that fits', async () => {
    const { id } = await member(
      one(
        all('Observation', { criteria: 'Observation?status=final', hiddenFields: ['note'] }),
        all('Observation', { criteria: 'Observation?status:not=final', readonlyFields: ['code'] }),
      ),
    );
    expect(await explain(id, 'read', observation())).toMatchObject({
      hiddenFields: ['note'],
      readonlyFields: [],
    });
    expect(await explain(id, 'read', observation({ status: 'amended' }))).toMatchObject({
      hiddenFields: [],
      readonlyFields: ['code'],
    });
  });

  it('W-515 the account of the policy counts for what is created, whatever the caller says', async () => {
    const entry = all('Observation', { criteria: 'Observation?_compartment=Organization/1' });
    const { id } = await member({ policies: [{ resource: [entry], compartment: 'Organization/1' }] });
    const elsewhere = observation({ meta: { account: { reference: 'Organization/2' } } });
    expect((await explain(id, 'create', elsewhere)).allowed).toBe(true);
    expect((await explain(id, 'read', elsewhere)).allowed).toBe(false);
  });

  it('%profile and %patient are the member, unless the membership says otherwise', async () => {
    const resource = [
      all('Practitioner', { criteria: 'Practitioner?_id=%profile.id' }),
      all('Observation', { criteria: 'Observation?subject=%patient' }),
    ];
    const { id, profile } = await member({ policies: [{ resource, parameters: { patient: 'Patient/9' } }] });
    expect((await explain(id, 'read', 'Practitioner', { reference: profile })).allowed).toBe(true);
    expect((await explain(id, 'read', about('9'))).allowed).toBe(true);
    expect((await explain(id, 'read', observation({ subject: { reference: profile } }))).allowed).toBe(false);
    const { profile: other } = await member(one());
    expect((await explain(id, 'read', 'Practitioner', { reference: other })).allowed).toBe(false);
  });

  it.each([
    ['is not given', 'Observation?code=%missing', {}],
    ['only begins like one that is given', 'Observation?code=%codes', { code: 'x' }],
    ['makes no sense', 'Observation?date=%when', { when: 'soon' }],
  ])('an entry opens nothing when its parameter %s', async (_, criteria, parameters) => {
    const { id } = await member({ policies: [{ resource: [all('Observation', { criteria })], parameters }] });
    expect(await explain(id, 'read', observation({ code: { text: 'x' } }))).toMatchObject({
      allowed: false,
      reason: expect.stringContaining('The criteria of entry 1 of the policy "Under test" must'),
    });
  });

  it('the value of a parameter adds no condition and no alternative', async () => {
    const given = (value: string): Given => ({
      policies: [
        { resource: [all('Observation', { criteria: 'Observation?status=%s' })], parameters: { s: value } },
      ],
    });
    for (const value of ['final,amended', 'final&_id:missing=true', '%s', '%25s', 'final%2Camended']) {
      const { id } = await member(given(value));
      expect((await explain(id, 'read', observation())).allowed).toBe(false);
    }
    const condition = (value: string): Given => ({
      policies: [
        {
          resource: [all('Observation', { writeConstraint: [{ expression: "%after.status = '%s'" }] })],
          parameters: { s: value },
        },
      ],
    });
    expect((await explain((await member(condition('final'))).id, 'create', observation())).allowed).toBe(
      true,
    );
    for (const value of ["x' or '1' = '1", '\\']) {
      const { id } = await member(condition(value));
      expect((await explain(id, 'create', observation())).allowed).toBe(false);
    }
  });

  it('rulings 39 a condition that takes too long is a refusal, and the next one is judged', async () => {
    const big = observation({ note: Array.from({ length: 3000 }, (_, at) => ({ text: `n${at}` })) });
    const nested =
      "note.where(%after.note.where(text = 'x').exists() or %after.note.where(text = 'y').exists()).empty()";
    const { id } = await member(one(all('Observation', { writeConstraint: [{ expression: nested }] })));
    expect(await explain(id, 'create', big)).toMatchObject({
      allowed: false,
      reason: 'It took too long to judge condition 1 of entry 1 of the policy "Under test".',
    });
    expect((await explain(id, 'create', observation())).allowed).toBe(true);
  });

  it('the address, the scopes and the membership are judged first', async () => {
    const { id } = await member({
      policies: [
        {
          resource: [all('*')],
          ipAccessRule: [
            { name: 'Ward', value: '10.0.0.0/8', action: 'ALLOW' },
            { name: 'Others', value: '*', action: 'BLOCK' },
          ],
        },
      ],
    });
    expect((await explain(id, 'read', 'Patient', { address: '10.9.8.7' })).allowed).toBe(true);
    expect((await explain(id, 'read', 'Patient', { address: '::ffff:10.9.8.7' })).allowed).toBe(true);
    expect(await explain(id, 'read', 'Patient', { address: '192.0.2.1' })).toMatchObject({
      allowed: false,
      reason: 'The address rule Others blocks the address.',
    });
    expect((await explain(id, 'read', 'Patient', { scopes: ['openid', 'profile'] })).allowed).toBe(true);
    expect((await explain(id, 'read', 'Patient', { scopes: ['patient/*.rs'] })).allowed).toBe(false);
  });

  it.each([
    ['resource', { resource: '{' }],
    ['resource', { resource: '"Patient"' }],
    ['resource', { resource: 'null' }],
    ['resource', { resource: '{"resourceType":"Observation"}' }],
    ['resource', { resource: ' '.repeat(200_001) }],
    ['resourceType', { type: 'Nonsense' }],
  ])('a question with a bad %s is refused', async (field, more) => {
    const { id } = await member(one());
    const { errors } = await world.graphql(
      'admin',
      'query($id: ID!, $type: String!, $resource: String) { explainAccess(membershipId: $id, interaction: READ, resourceType: $type, resource: $resource) { allowed } }',
      { id, type: 'Patient', ...more },
    );
    expect(errors[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', field });
  });

  it('a matrix shows every type that is named, and how much of it', async () => {
    const { id } = await member(
      one(
        all('Observation', { interaction: ['READ'] }),
        all('Patient', { criteria: 'Patient?gender=female' }),
      ),
    );
    const { accessMatrix } = await ask(
      'query($id: ID!) { accessMatrix(membershipId: $id) { resourceType create read update delete search history vread } }',
      { id },
    );
    const none = {
      create: 'NONE',
      read: 'NONE',
      update: 'NONE',
      delete: 'NONE',
      search: 'NONE',
      history: 'NONE',
      vread: 'NONE',
    };
    const row = (type: string) =>
      accessMatrix.find(({ resourceType }: { resourceType: string }) => resourceType === type);
    expect(row('Observation')).toEqual({ resourceType: 'Observation', ...none, read: 'ALL' });
    expect(row('Patient')).toMatchObject({ create: 'SOME', read: 'SOME' });
    expect(row('Practitioner')).toEqual({ resourceType: 'Practitioner', ...none });
    expect(row('User')).toBeUndefined();
  });

  it('two policies are compared by what they open', async () => {
    const wide = await makePolicy({
      resource: [all('*'), all('Patient', { criteria: 'Patient?gender=female' })],
    });
    const narrow = await makePolicy({
      resource: [all('Observation', { criteria: 'Observation?status=final', readonly: true })],
    });
    const { compareAccessPolicies } = await ask(
      `query($first: ID!, $second: ID!) { compareAccessPolicies(first: $first, second: $second)
        { firstCoversSecond secondCoversFirst differences { resourceType interaction first second } } }`,
      { first: wide, second: narrow },
    );
    expect(compareAccessPolicies).toMatchObject({ firstCoversSecond: true, secondCoversFirst: false });
    expect(compareAccessPolicies.differences).toEqual(
      expect.arrayContaining([
        { resourceType: 'Observation', interaction: 'READ', first: 'ALL', second: 'SOME' },
        { resourceType: 'Observation', interaction: 'CREATE', first: 'ALL', second: 'NONE' },
        { resourceType: '*', interaction: 'READ', first: 'ALL', second: 'NONE' },
      ]),
    );
  });
});

describe('who asks', () => {
  it('V44 is read from the credential: ids in body, address and headers change nothing', async () => {
    const { userId, membershipId } = world.project.admin;
    const claims = {
      userId,
      membershipId,
      actor: { kind: 'user', userId },
      sub: userId,
      project: world.other.id,
    };
    const answer = await world.agent.request(
      `graphql?user=${userId}&membership=${membershipId}&project=${world.other.id}`,
      {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          authorization: `Bearer ${world.tokens.member}`,
          'x-user-id': userId,
          'x-membership-id': membershipId,
          'x-project-id': world.other.id,
          'x-forwarded-user': userId,
          cookie: `user=${userId}`,
        },
        body: JSON.stringify({
          query: '{ me { kind clientId membershipId projectId admin } }',
          variables: claims,
          extensions: claims,
        }),
      },
    );
    const plain = await world.graphql('member', '{ me { kind clientId membershipId projectId admin } }');
    expect(answer.body.data).toEqual(plain.data);
    expect(
      (await world.graphql('member', '{ accessPolicies { edges { node { id } } } }')).errors[0]?.extensions
        .code,
    ).toBe('FORBIDDEN');
  });

  it('F116 no stored secret can be read: a secret is an answer of the act that made it', () => {
    const schema = buildSchema(readFileSync(join(root, 'schema.graphql'), 'utf8'));
    const told = Object.values(schema.getTypeMap())
      .filter(isObjectType)
      .flatMap((type) =>
        Object.values(type.getFields())
          .filter(
            ({ name, type: of }) =>
              /secret|password|hash|token$/i.test(name) && getNamedType(of).name === 'String',
          )
          .map(({ name }) => `${type.name}.${name}`),
      );
    // The link of an invitation stands in the answer of the invitation only.
    expect(told.filter((place) => !/Payload\./.test(place))).toEqual(['InvitationLink.secret']);
  });
});
