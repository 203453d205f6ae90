import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { matches } from '../kernel/where.js';
import { searchFilter, searchWhere } from './search-filter.js';
import { searchParametersOf } from './search-parameters.js';
import { type Resource, searchRow, searchVersion } from './search-row.js';
import { escapedValues } from './search-values.js';

/** Whether a resource is found by one condition; throws what is wrong with it. */
function finds(resource: Resource, condition: string): boolean {
  const equals = condition.indexOf('=');
  const filter = searchFilter(resource.resourceType, condition.slice(0, equals));
  if (typeof filter === 'string') throw new Error(filter);
  const where = searchWhere(filter, escapedValues(condition.slice(equals + 1)));
  if (typeof where === 'string') throw new Error(where);
  return matches(where, searchRow(resource, [filter.parameter]));
}

const id = '0198c0de-0000-7000-8000-00000000abcd';
const patient: Resource = {
  resourceType: 'Patient',
  id,
  meta: {
    lastUpdated: '2026-03-04T05:06:07.890Z',
    project: 'p1',
    tag: [{ system: 'urn:t', code: 'vip' }],
    profile: ['urn:profile|1'],
    accounts: [{ reference: 'Organization/9' }],
  },
  active: true,
  identifier: [{ system: 'urn:mrn', value: 'A-1' }, { value: 'bare' }],
  name: [{ given: ['José', 'Mary Ann'], family: "O'Brien" }],
  telecom: [
    { system: 'email', value: 'Jo@Example.org' },
    { system: 'phone', value: '555' },
  ],
  gender: 'female',
  birthDate: '1970-05',
  deceasedDateTime: '2020-01-01T10:00:00Z',
  address: [{ line: ['1 Main St'], city: 'Zürich', postalCode: '8000' }],
  managingOrganization: { reference: 'Organization/5/_history/2' },
  generalPractitioner: [
    { reference: 'Practitioner/7' },
    { reference: 'https://other.example/Practitioner/8' },
  ],
};
const observation: Resource = {
  resourceType: 'Observation',
  status: 'final',
  code: { coding: [{ system: 'urn:loinc', code: '1-8' }, { code: 'local' }] },
  subject: { reference: 'Patient/1' },
  effectivePeriod: { start: '2020-01-10', end: '2020-02' },
};

describe('search conditions (FHIR R4 search)', () => {
  it.each([
    [patient, `_id=${id}`],
    [patient, `_id=x,${id.toUpperCase()}`],
    [patient, 'identifier=A-1'],
    [patient, 'identifier=urn:mrn|A-1'],
    [patient, 'identifier=urn:mrn|'],
    [patient, 'identifier=|bare'],
    [patient, 'identifier:not=urn:mrn|B-1'],
    [patient, 'active=true'],
    [patient, 'gender=female,male'],
    [patient, 'deceased=true'],
    [patient, 'email=jo@example.org'],
    [patient, 'email=JO@example.org'],
    [patient, 'phone=555'],
    [patient, 'telecom=Jo@Example.org'],
    [patient, 'telecom=jo@example.org'],
    [patient, "family:exact=O'Brien"],
    [patient, 'given:exact=x,Mary Ann'],
    [patient, 'organization:Organization=5'],
    [patient, 'phone:missing=false'],
    [{ ...patient, identifier: [{ value: 'a,b|c$d\\' }] }, 'identifier=x,a\\,b\\|c\\$d\\\\'],
    [{ ...patient, identifier: [{ system: 'a|b', value: 'c\\d' }] }, 'identifier=a\\|b|c\\d'],
    [patient, 'name=jos'],
    [patient, 'given=MARY a'],
    [patient, "family=o'b"],
    [patient, 'address-city=zur'],
    [patient, 'address=8000'],
    [patient, 'organization=Organization/5'],
    [patient, 'organization=5'],
    [patient, 'general-practitioner=https://other.example/Practitioner/8'],
    [patient, 'link:missing=true'],
    [patient, 'birthdate:missing=false'],
    [patient, 'birthdate=1970'],
    [patient, 'birthdate=1970-05'],
    [patient, 'birthdate=ge1970-05'],
    [patient, 'birthdate=lt1970-05-02'],
    [patient, 'birthdate=ne1970-05-02'],
    [patient, 'birthdate=sa1970-04'],
    [patient, 'death-date=eb2021'],
    [patient, '_lastUpdated=2026-03-04'],
    [patient, '_lastUpdated=gt2026-03-03'],
    [patient, '_tag=urn:t|vip'],
    [patient, '_profile=urn:profile|1'],
    [patient, '_project=Project/p1'],
    [patient, `_compartment=Patient/${id}`],
    [patient, '_compartment=Organization/9'],
    [patient, '_account=Organization/9'],
    [patient, '_compartment=Project/p1'],
    [observation, 'code=urn:loinc|1-8'],
    [observation, 'code=|local'],
    [observation, 'patient=Patient/1'],
    [observation, '_compartment=Patient/1'],
    [observation, 'date=gt2020-01-20'],
    [observation, 'date=ge2020'],
    [{ resourceType: 'ProjectMembership', user: { reference: 'User/1' } }, 'user=User/1'],
    [{ resourceType: 'Patient' }, '_lastUpdated:missing=true'],
  ])('%p is found by %s', (resource, condition) => {
    expect(finds(resource as Resource, condition)).toBe(true);
  });

  it.each([
    [patient, '_id=x'],
    [patient, 'identifier=a-1'],
    [patient, 'identifier=|A-1'],
    [patient, 'identifier=urn:other|A-1'],
    [patient, 'identifier:not=B-1,A-1'],
    [patient, 'active=false'],
    [patient, 'name=brien'],
    [patient, "family:exact=o'brien"],
    [patient, "family:exact=O'Bri"],
    [patient, 'organization:Practitioner=5'],
    [patient, 'identifier=a\\,A-1'],
    [patient, 'given=ann'],
    [patient, 'organization=Organization/50'],
    [patient, 'organization=Practitioner/5'],
    [patient, 'birthdate=1970-05-02'],
    [patient, 'birthdate=gt1970-05'],
    [patient, 'birthdate=eb1970-05-02'],
    [patient, 'birthdate:missing=true'],
    [patient, '_lastUpdated=gt2026-03-04'],
    [patient, '_lastUpdated=lt2026-03-04'],
    [patient, '_compartment=Patient/1'],
    [patient, '_compartment=Organization/5'],
    [observation, 'date=2020-01'],
    [observation, 'code=urn:loinc|local'],
    [{ resourceType: 'Patient' }, 'birthdate=ne1970'],
    [{ resourceType: 'Patient' }, '_lastUpdated=ge0001'],
    [
      { resourceType: 'Patient', birthDate: 7, name: 'no name', identifier: null, telecom: [1] },
      'name=no name x',
    ],
  ])('%p is not found by %s', (resource, condition) => {
    expect(finds(resource as unknown as Resource, condition)).toBe(false);
  });

  it.each([
    ['a parameter of no type', 'nonsense=1', 'is none'],
    ['one of another type', 'code=1', 'is none'],
    ['what no index holds', '_content=x', 'not supported'],
    ['a filter expression', '_filter=x', 'not supported'],
    ['a chain', 'organization.name=x', 'not chain'],
    ['a modifier', 'name:contains=x', 'no modifier'],
    ['an exact code', 'gender:exact=male', 'no modifier'],
    ['a type that is none', 'organization:Nonsense=5', 'no modifier'],
    ['a type and another', 'organization:Organization=Organization/5', 'an id after'],
    ['two modifiers', 'name:exact:not=x', 'no modifier'],
    ['how a name sounds', 'phonetic=x', 'not supported'],
    ['no date', 'birthdate=soon', 'date like'],
    ['a date about now', 'birthdate=ap2020', 'date like'],
    ['an empty value', 'gender=male,', 'a value after'],
    ['a text without characters', 'name=\u0301', '1 to 200'],
    ['a text that is too long', `name=${'x'.repeat(201)}`, '1 to 200'],
    ['two answers', 'name:missing=true,false', 'true or false'],
  ])('refuse %s', (_, condition, words) => {
    expect(() => finds(patient, condition)).toThrow(words);
  });

  // Whoever changes what resources are found by raises `searchVersion`, or what is kept no longer fits what is asked.
  it('are those of `searchVersion`', () => {
    const found = ['Patient', 'Practitioner', 'RelatedPerson'].map((resourceType) => {
      const { terms, spans } = searchRow({ ...patient, resourceType }, searchParametersOf(resourceType));
      return JSON.stringify([[...terms].sort(), spans]);
    });
    const kept = createHash('sha256').update(found.join()).digest('hex').slice(0, 16);
    expect({ searchVersion, kept }).toEqual({ searchVersion: 1, kept: '84b9d332be7041ef' });
  });

  it('tell long values apart, and long texts by their beginning', () => {
    const long = (end: string): Resource => ({
      resourceType: 'Patient',
      identifier: [{ system: 'urn:x', value: 'v'.repeat(3000) + end }],
      name: [{ family: 'n'.repeat(3000) + end }],
    });
    expect(finds(long('1'), `identifier=urn:x|${'v'.repeat(3000)}1`)).toBe(true);
    expect(finds(long('2'), `identifier=urn:x|${'v'.repeat(3000)}1`)).toBe(false);
    expect(finds(long('2'), `family=${'N'.repeat(200)}`)).toBe(true);
  });
});
