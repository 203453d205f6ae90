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
  ...numbered('BCP-', 2, [1, 16], 19, [21, 24], [26, 28], 30, [34, 39], [43, 45]),
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
const signInApi: readonly string[] = [
  ...numbered('F', 1, 1, 3, 4, 7, [12, 17], [25, 30], [36, 38], 54, 89, 92, 94),
  ...numbered('V', 2, 9, 23),
  ...['6.1.1', '6.1.2', '6.1.3', '6.3.1', '6.3.2', '6.3.4', '6.3.8'].map((id) => `ASVS-${id}`),
  // Core login, /auth/login, /auth/method.
  ...numbered('W-', 3, [243, 247], [249, 254], [256, 261], 263, 264),
  ...numbered('W-', 3, [265, 268], [270, 275], [277, 282], [284, 286]),
  // Profile, scope, status; the platform.
  ...numbered('W-', 3, [397, 401], [403, 408], [410, 414], [552, 555], [557, 562], 564),
];

/** Client assertions, Basic at every door, and what a caller asks about itself. */
const callers = [
  'V48',
  ...numbered('F', 1, 6, 9, 10, 15, 23, 24, 39, 41, 72, 84, 114),
  ...numbered('BCP-', 2, 20, 42),
  ...numbered('W-', 3, 47, [116, 121], [123, 125], [193, 198], [200, 205], [207, 211]),
  ...numbered('W-', 3, [326, 331], 333, 415, [417, 419], 443, [445, 447]),
  ...['OIDF-D17', 'OIDF-D20', 'ASVS-6.2.2', 'ASVS-6.2.3', 'ASVS-10.4.16'],
];

/** Authorization requests, id_tokens, scopes and consent; sessions of people. */
const openidProvider = [
  ...numbered('OIDF-B', 2, [1, 38]),
  ...numbered('OIDF-C', 2, [1, 5]),
  ...numbered('F', 1, 5, 30, 31, 32, 35, 42, 43, 46, 47, 50, 51, 55, 56, 88, [90, 92]),
  ...numbered('V', 2, 35, 37),
  ...numbered('BCP-', 2, 17, 18, 29, 31, 33, 40, 41),
  'ASVS-10.6.1',
  ...numbered('ASVS-9.1.', 1, [1, 3]),
  ...numbered('ASVS-9.2.', 1, [1, 4]),
  ...numbered('ASVS-10.4.', 1, [1, 16]),
  ...numbered('ASVS-7.1.', 1, [1, 3]),
  ...numbered('ASVS-7.2.', 1, [1, 4]),
  ...numbered('ASVS-7.3.', 1, [1, 2]),
  ...numbered('ASVS-7.4.', 1, [1, 5]),
  ...numbered('ASVS-7.5.', 1, [1, 3]),
  ...numbered('ASVS-7.6.', 1, [1, 2]),
  ...numbered('ASVS-10.1.', 1, [1, 2]),
  ...numbered('ASVS-10.2.', 1, [1, 3]),
  ...numbered('ASVS-10.3.', 1, [1, 5]),
  ...numbered('ASVS-10.7.', 1, [1, 3]),
  ...numbered('NIST-', 2, [15, 17], 19, 23, 24),
  ...numbered(
    'W-',
    3,
    [1, 2],
    [4, 9],
    [11, 16],
    [18, 23],
    [25, 30],
    [32, 35],
    [57, 58],
    [60, 65],
    [67, 72],
    [74, 79],
    [81, 86],
    [88, 90],
    212,
    [214, 219],
    [222, 224],
  ),
];

/** Logout in all its ways. */
const logout: readonly string[] = [
  ...numbered('OIDF-L', 2, [1, 11]),
  ...numbered('OIDF-K', 2, [1, 4]),
  ...numbered('BL-', 2, [1, 5]),
  ...numbered('F', 1, 40, 52),
  ...numbered('ASVS-7.4.', 1, 1, 2, 4, 5),
  ...numbered('V', 2, 19, 24, 37, 48),
  'ASVS-10.5.5',
  'ASVS-10.6.2',
  'BCP-42',
  'NIST-23',
  'NIST-24',
  'R1',
  'R4',
  'W-221',
];

/** What a policy opens, and where a member may come from. */
const accessPolicies: readonly string[] = [
  ...numbered('V', 2, 36, 40, 44),
  ...numbered('F', 1, [106, 108], [115, 116]),
  ...numbered('W-', 3, 53, 88, 114, 512, 513, 515, 517, 519, 520, [522, 527], 529, 531, 532, 534, [536, 539]),
];

/** What the FHIR door finds and says of itself. */
const fhirSearch: readonly string[] = ['INF-1.1.04', 'W-390'];

/** What is done on behalf of somebody else. */
const onBehalfOf: readonly string[] = ['F72', 'F83', 'V47', ...numbered('W-', 3, [504, 506], [508, 511])];

/** What is written at the FHIR door. */
const fhirWriting: readonly string[] = numbered('W-', 3, 510, 516, 518, 530, 533);
/** The types of the wire protocol behind which tables of this server stand. */
const identityTypes: readonly string[] = [
  ...numbered('F', 1, [116, 117], 119),
  ...numbered('W-', 3, 467, 468, 481, 483, 484, [497, 499], [501, 503]),
];
/** SMART App Launch without a launch from a health record: scopes, context, backend services, discovery. */
const smart: readonly string[] = [
  ...numbered('SMT-', 2, [1, 13], [16, 29], [32, 34]),
  ...numbered('INF-1.1.', 2, [1, 3]),
  ...numbered('INF-3.2.', 2, [1, 6]),
  ...['INF-4.2.01', 'INF-4.2.02', 'INF-4.3.01', 'INF-4.3.02'],
  ...numbered('F', 1, 30, 31, 39, 55),
  ...numbered('W-', 3, 410, 411, 540, 541, [543, 548]),
];

/** Second factors. */
const secondFactors: readonly string[] = [
  ...['V10', 'V11', 'V21', 'V40', 'V41', 'F57', 'F61', 'F126'],
  ...numbered('NIST-', 2, [12, 16], [18, 22]),
  ...['ASVS-6.3.3', 'ASVS-6.3.6', 'ASVS-6.4.4', 'ASVS-6.4.5', 'ASVS-7.5.1', 'ASVS-10.3.4'],
  ...['1', '3', '5', '6'].map((line) => `ASVS-6.5.${line}`),
  ...numbered('ASVS-6.6.', 1, [1, 4]),
  ...numbered('W-', 3, 260, [334, 338], [340, 345], [347, 352], [354, 359], [361, 366], [368, 371]),
];

/** Keys, clocks, several nodes, races, and what holds for the whole server. */
const operation: readonly string[] = [
  ...numbered('V', 2, 3, 9, 23, 24, 48),
  ...numbered('R', 1, 1, 2, 5, 7),
  ...numbered('F', 1, 33, 34, 38, 117, 123),
  ...numbered('BCP-', 2, 25, 32, 33, 42),
  ...numbered('ASVS-6.2.', 1, 1, [4, 12]),
  ...numbered('ASVS-6.3.', 1, 2, 3, [5, 7]),
  ...numbered('ASVS-7.2.', 1, [1, 4]),
  ...numbered('ASVS-7.3.', 1, 1, 2),
  ...['ASVS-8.2.2', 'ASVS-8.2.3', 'ASVS-8.3.1', 'ASVS-8.3.2', 'ASVS-8.4.1', 'ASVS-8.4.2'],
  // The wire protocol: redirect addresses, the token endpoint, client credentials, refresh, keys, the platform.
  ...numbered('W-', 3, 29, 30, [32, 37], [39, 44], [46, 51], [53, 56]),
  ...numbered('W-', 3, [91, 93], [95, 100], [102, 107], [109, 114]),
  ...numbered('W-', 3, [175, 177], [179, 184], [186, 191], [217, 219]),
  ...numbered('W-', 3, [551, 555], 557, 558, [559, 562], 564),
];

/** Invitations, mailed links, passwords that were forgotten. */
const arriving: readonly string[] = [
  ...numbered('V', 2, 1, 20, 38, 39),
  ...numbered('F', 1, 59, 60, 74, 103),
  ...numbered('W-', 3, [420, 422], [424, 429], [431, 436], [438, 442]),
  ...numbered('W-', 3, [448, 450], [452, 457], [459, 464], [466, 471], [473, 477]),
];

/**
 * The lines of the checklists that the server must answer so far: each is the name of a test, or has a line in
 * docs/compatibility.md. V: published advisories of peers. BCP: RFC 9700 and OAuth 2.1. NIST: SP 800-63B-4. ASVS: 5.0.
 * OIDF: the OpenID plans. W: the wire protocol. RV, IN, MD, AT, IS: RFC 7009, 7662, 8414, 9068, 9207. R: reliability.
 * SMT: SMART App Launch. INF: Inferno's plans. F: findings about clients and threats.
 */
export const ownedIds: readonly string[] = [
  ...new Set([
    ...foundation,
    ...signInApi,
    ...callers,
    ...openidProvider,
    ...logout,
    ...accessPolicies,
    ...fhirSearch,
    ...fhirWriting,
    ...identityTypes,
    ...onBehalfOf,
    ...secondFactors,
    ...arriving,
    ...smart,
    ...operation,
  ]),
];
