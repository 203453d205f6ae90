import { describe, expect, it } from '@jest/globals';
import type { Resource } from '../r4/search-row.js';
import { restored } from './restored.js';
import { visible } from './visible.js';

const before: Resource = {
  resourceType: 'Patient',
  text: { status: 'generated', div: '<div>Ada Quill, 1980</div>' },
  birthDate: '1980-01-01',
  _birthDate: { id: 'b' },
  name: [
    { use: 'official', family: 'Quill', given: ['Ada'] },
    { use: 'nickname', family: 'Hale' },
  ],
  contact: [{ relationship: [{ text: 'mother' }], name: { family: 'Quill', given: ['Eve'] } }],
};
const hidden = ['birthDate', 'name.given', 'contact.name.given', 'communication.language'];
const seen = visible(before, hidden);

const write = (given: object, hiddenFields = hidden, readonlyFields: string[] = []) =>
  restored(before, { ...seen, ...given } as Resource, hiddenFields, readonlyFields);

describe('a write by somebody who does not see everything', () => {
  it('W-522 gives back what it was, when nothing changed', () => {
    expect(write({})).toEqual({ resource: before });
  });

  it.each<[string, object, object]>([
    ['a field beside it', { gender: 'female' }, { gender: 'female' }],
    ['a value for a hidden field', { birthDate: '2000-01-01', _birthDate: { id: 'c' } }, {}],
    [
      'another element',
      { name: [{ family: 'New' }, ...(seen['name'] as [])] },
      {
        name: [{ family: 'New' }, ...(before['name'] as [])],
      },
    ],
    [
      'another order',
      { name: [...(seen['name'] as [])].reverse() },
      {
        name: [...(before['name'] as [])].reverse(),
      },
    ],
    [
      'a change in one element',
      {
        name: [
          { use: 'official', family: 'Hart' },
          { use: 'nickname', family: 'Hale' },
        ],
      },
      {
        name: [
          { use: 'official', family: 'Hart', given: ['Ada'] },
          { use: 'nickname', family: 'Hale' },
        ],
      },
    ],
    [
      'an element without anything hidden left out',
      { name: [{ use: 'official', family: 'Quill' }] },
      {
        name: [{ use: 'official', family: 'Quill', given: ['Ada'] }],
      },
    ],
    [
      'a hidden field in a new element',
      { name: [...(seen['name'] as []), { family: 'A', given: ['B'] }] },
      {
        name: [...(before['name'] as []), { family: 'A' }],
      },
    ],
    [
      'members in another order',
      { contact: [{ name: { family: 'Quill' }, relationship: [{ text: 'mother' }] }] },
      {},
    ],
    [
      'two levels down',
      { contact: [{ relationship: [{ text: 'aunt' }], name: { family: 'Quill' } }] },
      {
        contact: [{ relationship: [{ text: 'aunt' }], name: { family: 'Quill', given: ['Eve'] } }],
      },
    ],
    [
      'what was not there',
      { communication: [{ language: { text: 'x' }, preferred: true }] },
      {
        communication: [{ preferred: true }],
      },
    ],
  ])('W-522 %s', (_, given, expected) => {
    expect(write(given)).toEqual({ resource: { ...before, ...expected } });
  });

  it.each<[string, object, string]>([
    ['a list', { name: undefined }, 'name'],
    ['an element', { name: [{ use: 'nickname', family: 'Hale' }] }, 'name'],
    ['an element, another changed', { name: [{ use: 'nickname', family: 'Hart' }] }, 'name'],
    ['within an element', { contact: [{ relationship: [{ text: 'mother' }] }] }, 'contact.name'],
    ['another shape', { name: 'Ada' }, 'name'],
  ])('is not let take away what it cannot see: %s', (_, given, lost) => {
    expect(write(given)).toEqual({ lost });
  });

  it('read-only fields stay; a new resource has none', () => {
    const given = { birthDate: '2000-01-01', gender: 'female', active: true };
    const changed = restored(before, { ...before, ...given }, [], ['birthDate', 'active']);
    expect(changed).toEqual({ resource: { ...before, gender: 'female' } });
    const made = restored(
      { resourceType: 'Patient' },
      { resourceType: 'Patient', ...given },
      [],
      ['birthDate'],
    );
    expect(made).toEqual({ resource: { resourceType: 'Patient', gender: 'female', active: true } });
  });

  it('names of JavaScript’s own are fields like others', () => {
    const given = { ...before, toString: 'x' } as never;
    expect(restored(before, given, ['constructor', 'toString.valueOf'], ['hasOwnProperty'])).toEqual({
      resource: given,
    });
  });
});
