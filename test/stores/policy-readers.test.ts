import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { CompiledPolicy, type PolicyLimit } from '../../src/access-policy/compiled-policy.js';
import { type Interaction, interactions } from '../../src/access-policy/interactions.js';
import { matches } from '../../src/kernel/where.js';
import { type Resource, searchRow } from '../../src/r4/search-row.js';
import { ScopeLimits } from '../../src/smart/scope-limits.js';
import { randomGrant, randomPatient } from '../helpers/random-policies.js';
import { type ProbeRow, WhereTable } from '../helpers/where-table.js';

let table: WhereTable;
beforeAll(async () => {
  table = await WhereTable.open();
});
afterAll(() => table.close());

const scopeLimits = new ScopeLimits();
const scoped = { requested: [], scopesOnly: true };

/** Whether one of a limit's entries alone opens a resource. */
function opensBy({ entries }: PolicyLimit, interaction: Interaction, one: Resource): boolean {
  return entries
    .of(one.resourceType)
    .some(
      (entry) =>
        entry.opens(interaction) &&
        entry.problem === undefined &&
        matches(entry.where, searchRow(one, entry.searchParameters)),
    );
}

const scopes = fc.subarray([
  'user/Patient.rs',
  'user/Patient.cruds?gender=male',
  'patient/Patient.r',
  'user/*.u?_tag=urn:t|vip',
  'patient/*.rs',
  'user/Observation.cruds',
  'user/Patient.write?birthdate=lt1970-05',
]);

describe('the two readers of a compiled policy', () => {
  it('F30 SMT-09 agree on every resource, whatever policies, scopes and limits, which never add anything: what a search finds is what may be done', async () => {
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
        fc.option(scopes, { nil: undefined, freq: 1 }),
        fc.option(randomGrant, { nil: undefined, freq: 1 }),
        async (resources, grants, interaction, granted, ofCaller) => {
          const whole = new CompiledPolicy(grants, subject);
          const limits = [
            ...(granted ? [scopeLimits.of({ ...scoped, granted, profile: subject.profile })!] : []),
            ...(ofCaller ? [new CompiledPolicy([ofCaller], subject).asLimit('entry')] : []),
          ];
          const policy = limits.reduce((left, limit) => left.within(limit), whole);
          const used = policy.searchParameters('Patient');
          await table.fill(resources.map((one) => searchRow(one, used) as ProbeRow));
          const allowed = resources.filter((one) => policy.allows(interaction, one).allowed);
          opened += allowed.length;
          expect(await table.find(policy.where(interaction, 'Patient'))).toEqual(
            allowed.map((one) => one.id).sort(),
          );
          for (const one of allowed) {
            expect(whole.allows(interaction, one).allowed).toBe(true);
            for (const limit of limits) expect(opensBy(limit, interaction, one)).toBe(true);
          }
        },
      ),
      { numRuns: 200 },
    );
    expect(opened).toBeGreaterThan(10);
  });
});
