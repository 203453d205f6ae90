import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { indexEntry } from '../dist/src/directory/search-index.js';
import { searchVersion } from '../dist/src/r4/search-row.js';
import { connectionOf } from './fill.mjs';

/** Departments that patients belong to; a policy of 20 entries opens these one by one. */
export const departments = 18;
/** Patients of one family name, however many there are in all. */
const perFamily = 5;
const partSize = 20_000;

/** A patient like the `n`th; nobody has two of these numbers. */
export const patient = (n) => patientOf(wordsOf(n));

const wordsOf = (n) => ({
  mrn: `M${n}`,
  family: familyOf(n),
  given: `Given${n % 50}`,
  email: `p${n}@example.org`,
  gender: n % 2 ? 'male' : 'female',
  birthDate: new Date((n % 30_000) * 86_400_000).toISOString().slice(0, 10),
  lane: `${n % 200} Harbour Lane`,
  city: `City${n % 1000}`,
  department: `d${n % departments}`,
});

const patientOf = ({ mrn, family, given, email, gender, birthDate, lane, city, department }) => ({
  resourceType: 'Patient',
  identifier: [{ system: 'urn:mrn', value: mrn }],
  name: [{ family, given: [given, 'B'] }],
  telecom: [{ system: 'email', value: email }],
  gender,
  birthDate,
  address: [{ line: [lane], city, country: 'NZ' }],
  managingOrganization: { reference: `Organization/${department}` },
});

export const familyOf = (n) => `Family${Math.floor(n / perFamily)}`;

/**
 * Loads patients as the server writes them, index and first version included, and answers the ids of some of them.
 * @param say is told how far it is.
 */
export async function fillPatients(system, projectId, count, say) {
  const client = new pg.Client(connectionOf(system));
  await client.connect();
  const found = finder(projectId);
  try {
    await client.query(`CREATE UNLOGGED TABLE bench_patient
      (id uuid, content jsonb, at timestamptz, terms text[], names text[], lows bigint[], highs bigint[])`);
    const sample = [];
    for (let from = 0; from < count; from += partSize) {
      const numbers = Array.from({ length: Math.min(partSize, count - from) }, (_, at) => from + at);
      const lines = numbers.map((n) => {
        const { id, line } = lineOf(found, n, count);
        if (n % Math.ceil(count / 1000) === 0) sample.push(id);
        return line;
      });
      await pipeline(Readable.from(lines), client.query(copyFrom('COPY bench_patient FROM STDIN')));
      for (const text of inserts) await client.query(text(projectId));
      await client.query('TRUNCATE bench_patient');
      if (count > partSize) say(`${(from + numbers.length).toLocaleString('en')} patients`);
    }
    await client.query('DROP TABLE bench_patient');
    await client.query('VACUUM (ANALYZE)');
    await client.query('CHECKPOINT');
    return sample;
  } finally {
    await client.end();
  }
}

const inserts = [
  (projectId) => `INSERT INTO directory_resource
      (id, project_id, resource_type, version_id, content, last_updated, terms, index_version)
    SELECT id, '${projectId}', 'Patient', (content->'meta'->>'versionId')::uuid, content, at,
      array_to_tsvector(terms), ${searchVersion} FROM bench_patient`,
  (projectId) => `INSERT INTO directory_version
      (resource_id, version_id, project_id, resource_type, content, deleted, last_updated)
    SELECT id, (content->'meta'->>'versionId')::uuid, '${projectId}', 'Patient', content, false, at FROM bench_patient`,
  (projectId) => `INSERT INTO directory_span (project_id, resource_type, resource_id, name, low, high)
    SELECT '${projectId}', 'Patient', id, span.name, span.low, span.high
      FROM bench_patient, unnest(names, lows, highs) AS span (name, low, high)`,
];

/**
 * Answers what patients are found by as the server does, without evaluating a million of them: of one patient that has a mark
 * in each place, with the words of the other put for the marks.
 */
function finder(projectId) {
  const marks = Object.fromEntries(['id', ...Object.keys(wordsOf(0))].map((key) => [key, `Q${key}Q`]));
  const samples = new Map(
    [0, 1].map(wordsOf).map(({ gender, birthDate }) => {
      const marked = { ...patientOf({ ...marks, gender, birthDate }), id: marks.id };
      return [gender, indexEntry(projectId, marked)];
    }),
  );
  const found = (n, id) => {
    const words = { ...wordsOf(n), id };
    const fill = (text) =>
      text.replace(/([Qq])(mrn|family|given|email|lane|city|department|id)\1/gi, (mark, _, key) =>
        mark.startsWith('Q') ? words[key] : words[key].toLowerCase(),
      );
    const { terms, spans } = samples.get(words.gender);
    const low = Date.parse(words.birthDate);
    const day = { low: String(low), high: String(low + 86_400_000) };
    return { terms: [...new Set(terms.map(fill))], spans: spans.map(({ name }) => ({ name, ...day })) };
  };
  for (const n of [0, 1, 77, 123_456, 999_999]) {
    const id = randomUUID();
    const sorted = ({ terms, spans }) => JSON.stringify([terms.toSorted(), spans]);
    const real = indexEntry(projectId, { ...patient(n), id });
    if (sorted(found(n, id)) !== sorted(real))
      throw new Error(`Patient ${n} is found by something else than the bench thinks`);
  }
  return found;
}

function lineOf(found, n, count) {
  const id = randomUUID();
  const at = new Date(Date.UTC(2026, 0, 1) + (n - count) * 1000).toISOString();
  const content = { ...patient(n), id, meta: { versionId: randomUUID(), lastUpdated: at } };
  const { terms, spans } = found(n, id);
  const columns = [
    id,
    JSON.stringify(content),
    at,
    array(terms),
    array(spans.map(({ name }) => name)),
    array(spans.map(({ low }) => low)),
    array(spans.map(({ high }) => high)),
  ];
  return { id, line: `${columns.map((text) => text.replaceAll('\\', '\\\\')).join('\t')}\n` };
}

const array = (values) =>
  `{${values.map((value) => `"${String(value).replace(/["\\]/g, '\\$&')}"`).join(',')}}`;

/** Members beside the one that signs in: copies of a membership, each with a person and a profile of its own. */
export async function fillMemberships(system, membershipId, count) {
  const client = new pg.Client(connectionOf(system));
  await client.connect();
  try {
    await client.query(
      `CREATE TEMP TABLE bench_member AS
       SELECT gen_random_uuid() AS membership, gen_random_uuid() AS person, gen_random_uuid() AS profile
         FROM generate_series(1, ${Number(count)})`,
    );
    const change = {
      user_account: { id: 'person', email: "person || '@example.org'", terms: 'NULL' },
      project_membership: { id: 'membership', user_id: 'person', profile_id: 'profile', terms: 'NULL' },
    };
    for (const [table, values] of Object.entries(change)) {
      const { rows } = await client.query(
        'SELECT column_name AS name FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = $1 ORDER BY ordinal_position',
        [table],
      );
      const names = rows.map(({ name }) => name);
      const source =
        table === 'project_membership'
          ? 'id = $1'
          : 'id = (SELECT user_id FROM project_membership WHERE id = $1)';
      await client.query(
        `INSERT INTO ${table} (${names.join(', ')})
         SELECT ${names.map((name) => values[name] ?? `one.${name}`).join(', ')} FROM ${table} one, bench_member WHERE one.${source}`,
        [membershipId],
      );
    }
    await client.query('VACUUM (ANALYZE)');
  } finally {
    await client.end();
  }
}
