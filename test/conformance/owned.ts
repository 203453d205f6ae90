/** `BCP 1-9` -> BCP-01 ... BCP-09 */
const numbered = (
  prefix: string,
  width: number,
  ...ranges: readonly (number | readonly [number, number])[]
): string[] =>
  ranges.flatMap((range) => {
    const [from, to] = typeof range === 'number' ? [range, range] : range;
    return Array.from(
      { length: to - from + 1 },
      (_, at) => `${prefix}${String(from + at).padStart(width, '0')}`,
    );
  });

/**
 * The lines of the checklists that the server must answer so far: each is the name of a test, or has a line in
 * docs/compatibility.md. V: published advisories of peers. BCP: RFC 9700 and OAuth 2.1. NIST: SP 800-63B-4.
 * RV, IN, MD, AT, IS: RFC 7009, 7662, 8414, 9068, 9207. F: findings about clients and threats.
 */
export const ownedIds: readonly string[] = [
  ...numbered('V', 2, [7, 8], [25, 27], [31, 34], [45, 46]),
  ...numbered('BCP-', 2, [1, 9], 16, 19, [21, 24], [26, 28], 30, [34, 39], [43, 45]),
  ...numbered('NIST-', 2, [1, 11]),
  ...numbered('RV-', 2, [1, 7]),
  ...numbered('IN-', 2, [1, 7]),
  ...numbered('MD-', 2, [1, 6]),
  ...numbered('AT-', 2, [1, 8]),
  ...numbered('IS-', 2, [1, 4]),
  ...numbered(
    'F',
    1,
    1,
    2,
    6,
    [8, 12],
    [17, 22],
    [44, 50],
    53,
    62,
    77,
    78,
    [80, 82],
    102,
    [118, 120],
    [127, 129],
  ),
];
