import { describe, expect, it } from '@jest/globals';
import { scopeInWords } from './scope-words.js';
import { chooseLanguage } from './strings.js';

const category = 'http://terminology.hl7.org/CodeSystem/observation-category';

describe('scopeInWords', () => {
  it.each([
    ['patient/Patient.rs', 'Read your personal details'],
    ['user/Patient.rs', 'Read personal details of patients that you have access to'],
    [
      `patient/Observation.rs?category=${category}|laboratory`,
      'Read lab results and measurements in your own health record (only where the category is laboratory)',
    ],
    [
      `patient/Observation.rs?category=${category}|vital-signs,survey&status=final`,
      'Read lab results and measurements in your own health record (only where the category is vital signs or survey and the status is final)',
    ],
    [
      'patient/Observation.rs?status:not=final',
      'Read lab results and measurements in your own health record (only where “status:not=final” holds)',
    ],
    [
      'patient/Observation.rs?date=ge2020-01-01&_id=x',
      'Read lab results and measurements in your own health record (only where “date=ge2020-01-01” holds and “_id=x” holds)',
    ],
    [
      'patient/Observation.rs?status=final%2Camended',
      'Read lab results and measurements in your own health record (only where “status=final%2Camended” holds)',
    ],
  ])('%s', (scope, words) => {
    expect(scopeInWords(chooseLanguage('en'), scope)).toBe(words);
  });
});
