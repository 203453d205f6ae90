import type { SpanBound, SpanWhere, Where } from '../kernel/where.js';

/** Dates that stand once in a resource and are at most as vague as a year (FHIR R4: 0..1, no Period). */
const single: readonly string[] = ['birthdate', 'death-date'];
const yearMs = 366 * 86_400_000;

/**
 * Conditions that all hold, as fewer: two on a date that stands once ask about the same date, so that an index can look
 * for what lies between them instead of for what is after the one and, again, before the other.
 */
export function withRanges(conditions: readonly Where[]): Where[] {
  const ranges = new Map<string, SpanWhere>();
  const others: Where[] = [];
  for (const where of conditions) {
    const date = singleDate(where);
    const known = date && ranges.get(date.span);
    if (!date) others.push(where);
    else if (!known) ranges.set(date.span, date);
    else if (known.meets.length * date.meets.length > 16) others.push(where);
    else ranges.set(date.span, both(known, date));
  }
  return [...others, ...ranges.values()];
}

/** The condition, if it is one value of such a date. */
function singleDate(where: Where): SpanWhere | undefined {
  const one = 'any' in where && where.any.length === 1 ? where.any[0]! : where;
  return 'span' in one && single.includes(one.span) ? one : undefined;
}

function both(one: SpanWhere, other: SpanWhere): SpanWhere {
  return { ...one, meets: one.meets.flatMap((a) => other.meets.map((b) => between([...a, ...b]))) };
}

/**
 * Bounds of a range, with what follows from them: a date ends after it begins, and at most a year after. Indexes by
 * beginnings and by ends then both know both ends of the range, and the planner how little lies within it.
 */
function between(bounds: readonly SpanBound[]): SpanBound[] {
  const implied = bounds.map(({ edge, is, value }): SpanBound => {
    const isFrom = is === 'more' || is === 'at-least';
    if (edge === 'high')
      return isFrom
        ? { edge: 'low', is: 'at-least', value: value - yearMs }
        : { edge: 'low', is: 'less', value };
    return isFrom
      ? { edge: 'high', is: 'more', value }
      : { edge: 'high', is: 'at-most', value: value + yearMs };
  });
  return [...bounds, ...implied];
}
