import { describe, expect, it } from '@jest/globals';
import { narrowedScopes, scopeNotAllowed } from './client-scopes.js';
import { covers, isSmartScope, readSmartScope, type SmartScope } from './smart-scope.js';

const read = (word: string) => readSmartScope(word) as SmartScope;

describe('SMART scopes', () => {
  it.each([
    ['patient/Observation.read', 'rs'],
    ['user/Observation.write', 'cud'],
    ['system/*.*', 'cruds'],
    ['patient/*.read', 'rs'],
    ['user/Patient.c', 'c'],
    ['user/Patient.cu', 'cu'],
    ['system/Patient.cruds', 'cruds'],
    ['patient/Patient.rs?gender=male', 'rs'],
    [
      'user/Observation.rs?category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory',
      'rs',
    ],
    ['user/Patient.rs?family=De%20Vries&gender:not=other', 'rs'],
    ['user/*.rs?_tag=urn:t|vip', 'rs'],
  ])('SMT-10 W-543 %s means %s', (word, letters) => {
    const [, level, resourceType, query] = /^(\w+)\/([\w*]+)\.[^?]+(?:\?(.*))?$/.exec(word)!;
    expect(readSmartScope(word)).toEqual({ level, resourceType, letters, query });
  });

  it.each([
    'patient/Patient.sr',
    'patient/Patient.rc',
    'patient/Patient.rrs',
    'patient/Patient.',
    'patient/Patient',
    'patient/.rs',
    'patient/Nonsense.rs',
    'patient/patient.rs',
    'user/Patient.rs?',
    'user/Patient.rs?gender',
    'user/Patient.rs?gender=',
    'user/Patient.rs?nonsense=1',
    'user/*.rs?gender=male',
    'user/Patient.rs?general-practitioner.name=x',
    'user/Patient.rs?_has:Observation:patient:code=1',
    'user/Patient.rs?gender=%profile',
    'user/Patient.rs?birthdate=nodate',
    'user/Patient.readwrite',
    'user/Patient.rs?gender=male#',
    'user/Patient.Read',
    `user/Patient.rs?family=${'x'.repeat(300)}`,
  ])('SMT-11 %s is refused, never misread', (word) => {
    expect(isSmartScope(word)).toBe(true);
    expect(typeof readSmartScope(word)).toBe('string');
  });

  it.each([
    ['user/*.cruds', 'user/Patient.rs', true],
    ['user/Patient.cruds', 'user/Patient.read', true],
    ['user/Patient.rs', 'user/Patient.rs?gender=male', true],
    ['user/Patient.rs?gender=male', 'user/Patient.rs?gender=male', true],
    ['user/Patient.rs?gender=male', 'user/Patient.rs?gender=female', false],
    ['user/Patient.rs?gender=male', 'user/Patient.rs', false],
    ['user/Patient.rs', 'user/Patient.cruds', false],
    ['user/Patient.rs', 'user/*.rs', false],
    ['user/*.cruds', 'patient/Patient.rs', false],
    ['user/*.cruds', 'system/Patient.rs', false],
  ])('%s covers %s: %s', (wider, narrower, expected) => {
    expect(covers(read(wider), read(narrower))).toBe(expected);
  });

  it('SMT-20 a client asks for what its list covers, and for system/ only by name', () => {
    const asked = ['openid', 'user/Patient.rs', 'launch/patient'];
    expect(scopeNotAllowed(asked, null)).toBeUndefined();
    expect(scopeNotAllowed(['system/Patient.rs'], null)).toBe('system/Patient.rs');
    expect(scopeNotAllowed(asked, ['openid', 'user/*.read'])).toBe('launch/patient');
    expect(scopeNotAllowed(['system/Patient.rs'], ['system/*.cruds'])).toBeUndefined();
    expect(scopeNotAllowed(['system/*.rs'], ['system/Patient.cruds'])).toBe('system/*.rs');
    expect(scopeNotAllowed(['openid'], [])).toBe('openid');
  });

  it('W-410 W-411 what somebody leaves does no more than what was asked for', () => {
    const asked = ['openid', 'user/Patient.cruds', 'user/Observation.rs?code=1'];
    const narrow = (...wanted: string[]) => narrowedScopes(wanted, asked, asked);
    expect(narrow('user/Patient.rs?gender=male')).toEqual(['user/Patient.rs?gender=male']);
    expect(narrow('openid', 'openid')).toEqual(['openid']);
    expect(narrow('user/Observation.rs?code=2')).toBeUndefined();
    expect(narrow('user/Observation.rs')).toBeUndefined();
    expect(narrow('email')).toBeUndefined();
    expect(narrowedScopes(['user/Patient.cruds'], asked, ['user/Patient.rs'])).toEqual([]);
  });
});
