import { describe, expect, it } from '@jest/globals';
import type { Resource } from './search-row.js';
import { ValidationService } from './validation.service.js';

const types = ['Patient', 'RelatedPerson', 'Organization'];
const validation = new ValidationService();
const problems = (elements: object, resourceType = 'Patient') =>
  validation.problems({ resourceType, ...elements } as Resource, types);

const deep = (levels: number): object => {
  let value: object = { url: 'x', valueString: 'x' };
  for (let level = 1; level < levels; level++) value = { url: 'x', extension: [value] };
  return value;
};

describe('validation', () => {
  it('has nothing against a sound resource', async () => {
    expect(
      await problems({
        id: '1',
        meta: { tag: [{ system: 'http://example.org', code: 'a' }], profile: ['http://example.org/profile'] },
        text: { status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml">Ada</div>' },
        contained: [{ resourceType: 'Organization', id: 'o', name: 'Ward' }],
        extension: [{ url: 'http://example.org/x', valueString: 'x' }],
        identifier: [{ use: 'official', system: 'http://example.org', value: '1' }],
        active: true,
        name: [{ use: 'official', family: 'Quill', given: ['Ada'] }],
        telecom: [{ system: 'email', value: 'ada@example.org', use: 'home' }],
        gender: 'female',
        birthDate: '1980-01-31',
        _birthDate: {
          extension: [{ url: 'http://example.org/time', valueDateTime: '1980-01-31T10:00:00Z' }],
        },
        deceasedBoolean: false,
        managingOrganization: { reference: '#o' },
        generalPractitioner: [{ reference: 'Practitioner/1', display: 'Dr. Hale' }],
      }),
    ).toEqual([]);
  });

  it.each<[string, object, string, string | undefined]>([
    ['no element', { foo: 1 }, 'structure', 'Patient.foo'],
    ['no list', { name: { family: 'A' } }, 'structure', 'Patient.name'],
    ['a list', { gender: ['male'] }, 'structure', 'Patient.gender'],
    ['no text', { name: [{ family: 5 }] }, 'structure', 'Patient.name[0].family'],
    ['no date', { birthDate: '1980-13-01' }, 'structure', 'Patient.birthDate'],
    ['no instant of the calendar', { birthDate: '31.01.1980' }, 'structure', 'Patient.birthDate'],
    ['null', { active: null }, 'structure', 'Patient.active'],
    ['a code of no value set', { gender: 'purple' }, 'code-invalid', 'Patient.gender'],
    ['a nested one', { name: [{ use: 'stage', text: 'A' }] }, 'code-invalid', 'Patient.name[0].use'],
    ['an empty list', { name: [] }, 'structure', 'name'],
    ['an empty object', { name: [{ family: 'A', period: {} }] }, 'structure', 'name[0].period'],
    ['two of a choice', { deceasedBoolean: true, deceasedDateTime: '2020' }, 'structure', 'deceasedDateTime'],
    [
      'a reference to a wrong type',
      { managingOrganization: { reference: 'Patient/1' } },
      'structure',
      'Patient.managingOrganization',
    ],
    ['an invariant', { contact: [{ gender: 'male' }] }, 'invariant', 'Patient.contact[0]'],
    [
      'an extension of no type',
      { extension: [{ url: 'x', valueFoo: 1 }] },
      'invariant',
      'Patient.extension[0]',
    ],
    ['a name of JavaScript’s own', { toString: 'x' }, 'structure', undefined],
    ['a nested one', { name: [{ family: 'A', constructor: { prototype: 1 } }] }, 'structure', 'name[0]'],
    ['beside a primitive', { _birthDate: 5 }, 'structure', undefined],
    ['a null character', { name: [{ family: 'a\u0000' }] }, 'structure', 'Patient.name[0].family'],
    [
      'contained of another type',
      { contained: [{ resourceType: 'User', id: 'u' }] },
      'not-supported',
      'contained',
    ],
    ['contained of none', { contained: [5] }, 'not-supported', 'contained'],
    ['a script', { text: { status: 'generated', div: '<div><script/></div>' } }, 'invalid', 'text.div'],
    ['too deep', { extension: [deep(30)] }, 'too-long', undefined],
    ['too many', { name: Array.from({ length: 5000 }, () => ({ family: 'A' })) }, 'too-long', undefined],
    ['too long', { name: [{ family: 'a'.repeat(1_000_001) }] }, 'too-long', undefined],
  ])('finds %s', async (_, elements, code, field) => {
    const [first] = await problems(elements);
    expect(first?.code).toBe(code);
    expect(first?.field).toBe(field);
  });

  it('finds what is missing', async () => {
    expect(await problems({}, 'RelatedPerson')).toEqual([
      { code: 'structure', sentence: 'Missing required property', field: 'RelatedPerson.patient' },
    ]);
  });

  it('names at most twenty', async () => {
    const strange = Object.fromEntries(Array.from({ length: 30 }, (_, at) => [`x${at}`, 1]));
    expect(await problems(strange)).toHaveLength(20);
  });

  it('says that it is busy when the definitions cannot be read', async () => {
    const broken = new ValidationService();
    const strange = ['Patient', (() => {}) as never];
    await expect(broken.problems({ resourceType: 'Patient' }, strange)).rejects.toMatchObject({
      kind: 'unavailable',
    });
  });
});
