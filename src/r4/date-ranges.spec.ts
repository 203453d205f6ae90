import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { matches, type Where } from '../kernel/where.js';
import { withRanges } from './date-ranges.js';
import { type SearchFilter, searchFilter, searchWhere } from './search-filter.js';
import { searchRow } from './search-row.js';
import { plainValue } from './search-values.js';

const filter = searchFilter('Patient', 'birthdate') as SearchFilter;
const condition = (values: string) => searchWhere(filter, values.split(',').map(plainValue)) as Where;
const born = (birthDate: string | undefined) =>
  searchRow({ resourceType: 'Patient', ...(birthDate && { birthDate }) }, [filter.parameter]);

const date = fc.constantFrom('1970', '1971', '1970-01', '1970-12', '1970-12-31', '1971-01-01', '1971-07-02');
const prefix = fc.constantFrom('', 'eq', 'ne', 'lt', 'gt', 'le', 'ge', 'sa', 'eb');
const value = fc.tuple(prefix, date).map(([before, text]) => before + text);

describe('conditions on one date', () => {
  it('mean together what each means by itself', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof({ weight: 4, arbitrary: value }, fc.constant('1970,1971-07-02')), {
          maxLength: 4,
        }),
        fc.option(date, { nil: undefined }),
        (texts, birthDate) => {
          const conditions = texts.map(condition);
          const found = matches({ all: withRanges(conditions) }, born(birthDate));
          expect(found).toBe(matches({ all: conditions }, born(birthDate)));
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('become one range', () => {
    expect(withRanges(['ge1970', 'lt1971', 'ne1970-05'].map(condition))).toHaveLength(1);
    expect(withRanges([condition('1970,1971'), condition('lt1980')])).toHaveLength(2);
    const others: Where[] = [{ column: 'lastUpdated', is: 'less', value: 1 }];
    expect(withRanges(others)).toEqual(others);
  });
});
