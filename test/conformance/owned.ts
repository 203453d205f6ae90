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

/** RFC 9700, RFC 7009, 7662, 8414, 9068, 9207, NIST SP 800-63B-4, and findings: what the first line through the house answers. */
const foundation = [
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

/** The JSON login API. */
const signInApi: readonly string[] = [];

/** Client assertions, Basic at every door, and what a caller asks about itself. */
const callers = [
  'V48',
  ...numbered('F', 1, 9, 10, 15, 41, 84),
  ...numbered('BCP-', 2, 20, 42),
  ...numbered('W-', 3, 47, [116, 121], [123, 125], [193, 198], [200, 205], [207, 211]),
  ...['OIDF-D17', 'OIDF-D20', 'ASVS-10.4.16'],
];

/** Authorization requests, id_tokens, scopes and consent. */
const openidProvider: readonly string[] = [];

/** Logout in all its ways. */
const logout: readonly string[] = [];

/** What a policy opens, and where a member may come from. */
const accessPolicies: readonly string[] = [
  ...numbered('V', 2, 36, 44),
  ...numbered('F', 1, [106, 108], [115, 116]),
  ...numbered('W-', 3, 53, 88, 114, 512, 513, 515, 517, 519, 520, [523, 527], 529, 531, 532, 534, [536, 539]),
];

/** Keys, clocks, several nodes, races, and what holds for the whole server. */
const operation: readonly string[] = [
  ...numbered('V', 2, 9, 23),
  ...numbered('R', 1, 5, 7),
  ...numbered('F', 1, 38, 123),
  ...numbered('W-', 3, 106, 551, 552, 553, 555),
  'BCP-33',
];

/**
 * The lines of the checklists that the server must answer so far: each is the name of a test, or has a line in
 * docs/compatibility.md. V: published advisories of peers. BCP: RFC 9700 and OAuth 2.1. NIST: SP 800-63B-4. ASVS: 5.0.
 * OIDF: the OpenID plans. W: the wire protocol. RV, IN, MD, AT, IS: RFC 7009, 7662, 8414, 9068, 9207. R: reliability.
 * F: findings about clients and threats.
 */
export const ownedIds: readonly string[] = [
  ...new Set([
    ...foundation,
    ...signInApi,
    ...callers,
    ...openidProvider,
    ...logout,
    ...accessPolicies,
    ...operation,
  ]),
];
