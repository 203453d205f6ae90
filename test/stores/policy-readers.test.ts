import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { CompiledPolicy } from '../../src/access-policy/compiled-policy.js';
import { interactions } from '../../src/access-policy/interactions.js';
import { searchRow } from '../../src/r4/search-row.js';
import { randomGrant, randomPatient } from '../helpers/random-policies.js';
import { type ProbeRow, WhereTable } from '../helpers/where-table.js';

let table: WhereTable;
beforeAll(async () => {
  table = await WhereTable.open();
});
afterAll(() => table.close());

describe('the two readers of a compiled policy', () => {
  it('agree on every resource, whatever the policies: what a search finds is what may be done', async () => {
    const subject = {
      projectId: 'p',
      profile: 'Patient/00000000-0000-7000-8000-000000000001',
      admin: false,
      superAdmin: false,
    };
    let opened = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(randomPatient, { selector: (one) => one.id, maxLength: 4 }),
        fc.array(randomGrant, { minLength: 1, maxLength: 3 }),
        fc.constantFrom(...interactions),
        async (resources, grants, interaction) => {
          const policy = new CompiledPolicy(grants, subject);
          const used = policy.searchParameters('Patient');
          await table.fill(resources.map((one) => searchRow(one, used) as ProbeRow));
          const allowed = resources.filter((one) => policy.allows(interaction, one).allowed);
          opened += allowed.length;
          expect(await table.find(policy.where(interaction, 'Patient'))).toEqual(
            allowed.map((one) => one.id).sort(),
          );
        },
      ),
      { numRuns: 200 },
    );
    expect(opened).toBeGreaterThan(10);
  });
});
