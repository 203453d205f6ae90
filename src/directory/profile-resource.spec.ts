import { describe, expect, it } from '@jest/globals';
import { displayName, profileResource } from './profile-resource.js';

const person = { givenName: 'Ada', familyName: 'Quill', email: 'ada@example.org' };

describe('profiles', () => {
  it('are minimal FHIR R4 resources', () => {
    expect(profileResource('Practitioner', person)).toEqual({
      resourceType: 'Practitioner',
      name: [{ given: ['Ada'], family: 'Quill' }],
      telecom: [{ system: 'email', use: 'work', value: 'ada@example.org' }],
    });
    expect(profileResource('RelatedPerson', { ...person, patient: 'Patient/1' })).toMatchObject({
      patient: { reference: 'Patient/1' },
    });
  });

  it.each([
    [{ name: [{ text: 'Dr. Quill', family: 'Quill' }] }, 'Dr. Quill'],
    [{ name: [{ given: ['Ada', 'May'], family: 'Quill' }] }, 'Ada May Quill'],
    [{ name: [{ family: 'Quill' }] }, 'Quill'],
    [{ name: [{}] }, 'Patient'],
    [{ name: [] }, 'Patient'],
    [{ name: 'Ada' }, 'Patient'],
    [{}, 'Patient'],
  ])('are shown by name: %j', (content, expected) => {
    expect(displayName({ resourceType: 'Patient', ...content })).toBe(expected);
  });
});
