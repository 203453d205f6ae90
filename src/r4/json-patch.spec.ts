import { describe, expect, it } from '@jest/globals';
import { patched } from './json-patch.js';

const ada = {
  resourceType: 'Patient',
  id: '1',
  meta: { versionId: '7' },
  active: true,
  name: [{ family: 'Quill', given: ['Ada', 'May'] }, { family: 'Hale' }],
  'a/b~c': 1,
};
const result = (...operations: readonly object[]) => {
  const answer = patched(ada, operations);
  return 'resource' in answer ? answer.resource : answer.problem;
};

describe('JSON Patch', () => {
  it.each<[string, object[], object]>([
    ['add a member', [{ op: 'add', path: '/gender', value: 'female' }], { gender: 'female' }],
    ['add replaces a member', [{ op: 'add', path: '/active', value: false }], { active: false }],
    [
      'add into a list',
      [{ op: 'add', path: '/name/0/given/1', value: 'X' }],
      {
        name: [{ family: 'Quill', given: ['Ada', 'X', 'May'] }, { family: 'Hale' }],
      },
    ],
    [
      'add at the end',
      [{ op: 'add', path: '/name/-', value: { family: 'Z' } }],
      {
        name: [...ada.name, { family: 'Z' }],
      },
    ],
    ['remove', [{ op: 'remove', path: '/name/0' }], { name: [{ family: 'Hale' }] }],
    [
      'replace',
      [{ op: 'replace', path: '/name/1/family', value: 'Hart' }],
      {
        name: [ada.name[0], { family: 'Hart' }],
      },
    ],
    ['move', [{ op: 'move', from: '/name/1', path: '/name/0' }], { name: [ada.name[1], ada.name[0]] }],
    ['copy', [{ op: 'copy', from: '/name/1/family', path: '/language' }], { language: 'Hale' }],
    ['escaped names', [{ op: 'replace', path: '/a~1b~0c', value: 2 }], { 'a/b~c': 2 }],
    [
      'a test, members in any order',
      [{ op: 'test', path: '/name/0', value: { given: ['Ada', 'May'], family: 'Quill' } }],
      {},
    ],
    ['a test of the version', [{ op: 'test', path: '/meta/versionId', value: '7' }], {}],
  ])('%s', (_, operations, changed) => {
    expect(result(...operations)).toEqual({ ...ada, ...changed });
  });

  it.each<[string, object[], string]>([
    ['a test that fails', [{ op: 'test', path: '/active', value: 'true' }], 'processing'],
    ['a test of what is not there', [{ op: 'test', path: '/gender', value: null }], 'processing'],
    ['a test of what is inherited', [{ op: 'test', path: '/toString/name', value: 'toString' }], 'invalid'],
    [
      'a later test',
      [
        { op: 'remove', path: '/active' },
        { op: 'test', path: '/active', value: true },
      ],
      'processing',
    ],
    ['remove what is not there', [{ op: 'remove', path: '/gender' }], 'invalid'],
    ['replace what is not there', [{ op: 'replace', path: '/name/2', value: {} }], 'invalid'],
    ['below nothing', [{ op: 'add', path: '/contact/0/name', value: {} }], 'invalid'],
    ['beyond the end', [{ op: 'add', path: '/name/3', value: {} }], 'invalid'],
    ['an index with a sign', [{ op: 'remove', path: '/name/-1' }], 'invalid'],
    ['an index with zeros', [{ op: 'replace', path: '/name/00/family', value: 'X' }], 'invalid'],
    ['no index', [{ op: 'add', path: '/name/1e0', value: {} }], 'invalid'],
    ['the end of a list, removed', [{ op: 'remove', path: '/name/-' }], 'invalid'],
    ['__proto__', [{ op: 'add', path: '/__proto__/polluted', value: true }], 'invalid'],
    ['constructor', [{ op: 'add', path: '/constructor/prototype/polluted', value: true }], 'invalid'],
    ['the prototype of a list', [{ op: 'add', path: '/name/__proto__', value: [] }], 'invalid'],
    ['from nothing', [{ op: 'copy', from: '/gender', path: '/language' }], 'invalid'],
    ['into itself', [{ op: 'move', from: '/name', path: '/name/0/given' }], 'structure'],
    ['the id', [{ op: 'replace', path: '/id', value: '2' }], 'structure'],
    ['the type', [{ op: 'replace', path: '/resourceType', value: 'User' }], 'structure'],
    ['meta', [{ op: 'add', path: '/meta/project', value: 'x' }], 'structure'],
    ['meta, moved away', [{ op: 'move', from: '/meta', path: '/x' }], 'structure'],
    ['everything', [{ op: 'replace', path: '', value: {} }], 'structure'],
    ['no pointer', [{ op: 'remove', path: 'active' }], 'structure'],
    ['a broken escape', [{ op: 'remove', path: '/a~2' }], 'structure'],
    ['no operation', [{ op: 'delete', path: '/active' }], 'structure'],
    ['no value', [{ op: 'add', path: '/gender' }], 'structure'],
    ['no path', [{ op: 'remove' }], 'structure'],
    ['no object', [5 as never], 'structure'],
    ['nothing', [], 'structure'],
    [
      'too many',
      Array.from({ length: 101 }, () => ({ op: 'test', path: '/active', value: true })),
      'structure',
    ],
    [
      'what doubles',
      Array.from({ length: 40 }, () => ({ op: 'copy', from: '/name', path: '/name/-' })),
      'too-long',
    ],
  ])('is refused: %s', (_, operations, code) => {
    expect(result(...operations)).toMatchObject({ code });
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it('changes nothing of what it is applied to, and nothing at all when one step fails', () => {
    const before = structuredClone(ada);
    result({ op: 'remove', path: '/name' }, { op: 'remove', path: '/nothing' });
    result({ op: 'remove', path: '/name' });
    expect(ada).toEqual(before);
    expect(patched(ada, { op: 'remove', path: '/name' })).toMatchObject({ problem: { code: 'structure' } });
  });
});
