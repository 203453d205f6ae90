/** What a FHIR date, dateTime or instant covers: `[low, high)` in milliseconds since the epoch. */
export interface DateSpan {
  readonly low: number;
  readonly high: number;
}

const pattern =
  /^(\d{4})(?:-(\d{2})(?:-(\d{2})(?:T(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(Z|[+-]\d{2}:\d{2})?)?)?)?$/;

/**
 * Reads a date of any precision (FHIR R4 datatypes and search 3.1.1.4.7). Without a time zone it is taken as UTC.
 * @returns `undefined` for what is no date.
 */
export function dateSpan(text: string): DateSpan | undefined {
  const found = pattern.exec(text);
  if (!found) return undefined;
  const [, year, month, day, hour, minute, second, fraction, zone] = found;
  const first = utc(Number(year), Number(month ?? 1) - 1, Number(day ?? 1));
  const time = (Number(hour ?? 0) * 60 + Number(minute ?? 0)) * 60_000 + Number(second ?? 0) * 1000;
  const local = first + time + Number((fraction ?? '').padEnd(3, '0').slice(0, 3));
  if (!isSame(local, found)) return undefined;
  const low = local - zoneOffset(zone);
  if (!month) return { low, high: utc(Number(year) + 1, 0, 1) };
  if (!day) return { low, high: utc(Number(year), Number(month), 1) };
  if (!minute) return { low, high: low + 86_400_000 };
  if (!second) return { low, high: low + 60_000 };
  return { low, high: low + (fraction ? 1 : 1000) };
}

/** `Date.UTC`, which takes the years 0 to 99 for those of the last century. */
function utc(year: number, month: number, day: number): number {
  return new Date(0).setUTCFullYear(year, month, day);
}

function zoneOffset(zone: string | undefined): number {
  if (!zone || zone === 'Z') return 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4, 6));
  return (zone.startsWith('-') ? -minutes : minutes) * 60_000;
}

/** A day or an hour that the calendar does not have would silently become another one. */
function isSame(local: number, [, , month, day, hour, minute, second]: RegExpExecArray): boolean {
  const date = new Date(local);
  return (
    (month === undefined || date.getUTCMonth() + 1 === Number(month)) &&
    (day === undefined || date.getUTCDate() === Number(day)) &&
    (hour === undefined || date.getUTCHours() === Number(hour)) &&
    (minute === undefined || date.getUTCMinutes() === Number(minute)) &&
    (second === undefined || date.getUTCSeconds() === Number(second))
  );
}
