import { describe, expect, it } from '@jest/globals';
import { parseInput } from '../kernel/input.js';
import { type AccessPolicyInput, policyCreation } from './access-policy-input.js';

const check = (input: unknown) => parseInput(policyCreation, input);
const entry = (fields: object) => ({ name: 'A', resource: [{ resourceType: 'Observation', ...fields }] });
const rule = (value: string) => ({ name: 'A', ipAccessRule: [{ value, action: 'allow' }] });

describe('access policies as data (wire-spec section 1.8)', () => {
  it('keep every member', () => {
    const policy: AccessPolicyInput = {
      name: 'Care team',
      compartment: 'Organization/1',
      resource: [
        {
          resourceType: 'Observation',
          criteria: 'Observation?status:not=cancelled&subject=%patient&code:missing=false',
          interaction: ['read', 'search'],
          hiddenFields: ['note', 'component.interpretation'],
          readonlyFields: ['status'],
          writeConstraint: [
            {
              language: 'text/fhirpath',
              expression: "%before.status != 'final' or %after.status = 'amended'",
            },
          ],
          compartment: { reference: '%patient' },
        },
        { resourceType: '*', readonly: true },
        { resourceType: '*', criteria: '*?_compartment=%patient' },
      ],
      ipAccessRule: [{ name: 'Ward', value: '10.0.0.0/8', action: 'allow' }],
    };
    expect(check(policy)).toEqual(policy);
  });

  it('open nothing when empty', () => {
    expect(check({ name: 'Nothing' })).toEqual({
      name: 'Nothing',
      resource: [],
      ipAccessRule: [],
      compartment: null,
    });
  });

  it.each([
    ['no name', {}, 'name'],
    ['an unknown member', { name: 'A', basedOn: [] }, undefined],
    ['an unknown member of an entry', entry({ fields: [] }), 'resource.0'],
    [
      'a type in small letters',
      { name: 'A', resource: [{ resourceType: 'observation' }] },
      'resource.0.resourceType',
    ],
    ['criteria of another type', entry({ criteria: 'Patient?_id=1' }), 'resource.0.criteria'],
    ['criteria of every type', entry({ criteria: '*?_id=1' }), 'resource.0.criteria'],
    ['criteria without a search', entry({ criteria: 'Observation?' }), 'resource.0.criteria'],
    ['criteria without type', entry({ criteria: 'status=final' }), 'resource.0.criteria'],
    ['criteria without value', entry({ criteria: 'Observation?status=' }), 'resource.0.criteria'],
    ['criteria without name', entry({ criteria: 'Observation?=final' }), 'resource.0.criteria'],
    ['an empty pair', entry({ criteria: 'Observation?status=final&' }), 'resource.0.criteria'],
    ['a chain', entry({ criteria: 'Observation?subject.name=x' }), 'resource.0.criteria'],
    ['a chain by type', entry({ criteria: 'Observation?subject:Patient.name=x' }), 'resource.0.criteria'],
    ['a reversed chain', entry({ criteria: 'Observation?_has:Group:member:_id=1' }), 'resource.0.criteria'],
    ['another modifier', entry({ criteria: 'Observation?code:text=x' }), 'resource.0.criteria'],
    ['two modifiers', entry({ criteria: 'Observation?code:not:missing=true' }), 'resource.0.criteria'],
    ['missing maybe', entry({ criteria: 'Observation?code:missing=maybe' }), 'resource.0.criteria'],
    ['long criteria', entry({ criteria: `Observation?code=${'x'.repeat(2000)}` }), 'resource.0.criteria'],
    ['an unknown interaction', entry({ interaction: ['write'] }), 'resource.0.interaction.0'],
    ['no interaction at all', entry({ interaction: [] }), 'resource.0.interaction'],
    ['one interaction twice', entry({ interaction: ['read', 'read'] }), 'resource.0.interaction'],
    ['a field that is no path', entry({ hiddenFields: ['note[0]'] }), 'resource.0.hiddenFields.0'],
    ['a nested read-only field', entry({ readonlyFields: ['code.text'] }), 'resource.0.readonlyFields.0'],
    ['a compartment that is no reference', { name: 'A', compartment: 'everywhere' }, 'compartment'],
  ])('refuse %s', (_, input, field) => {
    expect(() => check(input)).toThrow(expect.objectContaining({ code: 'invalid-input', field }));
  });

  it.each([
    ['nothing', ' '],
    ['an open bracket', "name.where(use = 'official'"],
    ['crossed brackets', 'name.where([1)]'],
    ['an open text', "status = 'final"],
    ['a foreign sign', 'status # final'],
    ['a pattern', "status.matches('^(a+)+$')"],
    ['a pattern in back quotes', "status.`matches`('^(a+)+$')"],
    ['a replacing pattern', "status.replaceMatches('a', 'b')"],
    ['a loop', 'repeat(item)'],
    ['a fold', 'name.aggregate($this, 0)'],
    ['a trace', "name.trace('x')"],
    ['a long one', `true${' and true'.repeat(240)}`],
    ['many parts', Array(150).fill('a').join('.')],
  ])('refuse a write constraint with %s (rulings 39)', (_, expression) => {
    expect(() => check(entry({ writeConstraint: [{ expression }] }))).toThrow(
      expect.objectContaining({ field: 'resource.0.writeConstraint.0.expression' }),
    );
  });

  it.each(['*', '10.1.2.3', '10.', '10.1.', '10.0.0.0/8', '2001:db8::1', '2001:db8:', '2001:db8::/32'])(
    'take the address rule %s',
    (value) => {
      expect(check(rule(value)).ipAccessRule[0]?.value).toBe(value);
    },
  );

  it.each([
    '',
    '10.1',
    '10.0.0.0/33',
    '10.0.0/8',
    '300.1.1.1',
    'example.org',
    '10.*',
    '2001:db8::/129',
    '/8',
  ])('refuse the address rule %j', (value) => {
    expect(() => check(rule(value))).toThrow(expect.objectContaining({ field: 'ipAccessRule.0.value' }));
  });
});
