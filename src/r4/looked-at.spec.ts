import { describe, expect, it } from '@jest/globals';
import { looksAtAny } from './looked-at.js';
import { type SearchParameter, searchParameter } from './search-parameters.js';

const looks = (type: string, name: string, field: string) =>
  looksAtAny(type, searchParameter(type, name) as SearchParameter, [field]);

describe('a search parameter looks at', () => {
  it.each([
    ['Patient', 'birthdate', 'birthDate'],
    ['Patient', 'name', 'name.given'],
    ['Patient', 'given', 'name'],
    ['Patient', 'given', 'name.given'],
    ['Patient', 'email', 'telecom.value'],
    ['Patient', 'email', 'telecom.system'],
    ['Patient', 'deceased', 'deceasedDateTime'],
    ['Patient', 'death-date', 'deceasedDateTime'],
    ['Patient', 'death-date', 'deceased'],
    ['Patient', 'address-city', 'address'],
    ['Patient', 'link', 'link.other'],
    ['Patient', '_id', 'id'],
    ['Patient', '_lastUpdated', 'meta'],
    ['Patient', '_lastUpdated', 'meta.lastUpdated'],
    ['Patient', '_tag', 'meta.tag.code'],
    ['Patient', '_compartment', 'id'],
    ['Patient', '_compartment', 'meta.account'],
    ['Patient', '_account', 'meta.accounts'],
    ['RelatedPerson', '_compartment', 'patient'],
    ['Practitioner', 'qualification-code', 'qualification.code'],
    ['Observation', 'date', 'effectivePeriod'],
    ['Observation', 'code', 'code'],
  ])('%s: %s at %s', (type, name, field) => {
    expect(looks(type, name, field)).toBe(true);
  });

  it.each([
    ['Patient', 'family', 'name.given'],
    ['Patient', 'gender', 'birthDate'],
    ['Patient', 'address-city', 'address.line'],
    ['Patient', '_tag', 'meta.account'],
    ['Patient', '_id', 'identifier'],
    ['Patient', 'identifier', 'id'],
    ['RelatedPerson', '_compartment', 'name'],
    ['Patient', 'link', 'linked'],
  ])('%s: %s not at %s', (type, name, field) => {
    expect(looks(type, name, field)).toBe(false);
  });

  it('anything, where it cannot be told what', () => {
    const odd: SearchParameter = { name: 'odd', kind: 'token', expression: 'descendants()' };
    expect(looksAtAny('Patient', odd, ['name'])).toBe(true);
    expect(looksAtAny('Patient', odd, [])).toBe(false);
  });
});
