import { client, person, policy } from './admin.mjs';
import { codeFlow } from './code-flow.mjs';
import { compileTime } from './compile-time.mjs';
import { departments, familyOf, fillMemberships, fillPatients, patient } from './fhir-data.mjs';
import { postgresSettings } from './fill.mjs';
import { measureHostile } from './hostile-fhirpath.mjs';
import { startGenerator } from './load/generator.mjs';
import { plansOf } from './plans.mjs';
import { row } from './report.mjs';
import { shown, shownSpread, spread } from './statistics.mjs';
import { Carekey } from './systems/carekey.mjs';

/** The size that all others are compared with. */
const small = 1_000;
const requestsPerJob = 500;
const type = 'application/fhir+json';

/** 18 departments of patients one by one, and the two types beside them. */
const twentyEntries = [
  ...Array.from({ length: departments }, (_, at) => ({
    resourceType: 'Patient',
    criteria: `Patient?organization=Organization/d${at}`,
  })),
  { resourceType: 'Practitioner', readonly: true },
  { resourceType: 'RelatedPerson', readonly: true },
];
const policies = { 'everything open': [{ resourceType: '*' }], 'policy of 20 entries': twentyEntries };
const acting = 'on behalf of a member with it';

/**
 * What reads, searches and creates cost at the FHIR door: under a policy that opens everything, under one of twenty entries,
 * and on behalf of a member; among few patients and among many, turn by turn.
 */
export async function measureFhir(options, say) {
  const sizes = [...new Set([small, options.rows])];
  const places = [];
  try {
    for (const size of sizes) places.push(await prepare(size, options.memberships, say));
    const run = startGenerator();
    const cells = places.flatMap((place) => place.jobs.map((job) => ({ place, job, results: [] })));
    const phases = [
      cells.filter(({ job }) => job.work !== 'create'),
      // Last: they are what makes few patients many.
      cells.filter(({ job }) => job.work === 'create'),
    ];
    const { connections, seconds, rounds } = options;
    const measure = ({ place, job }, timing) =>
      run({ ...job, origin: place.server.origin, watch: place.server.watch, connections, ...timing });
    for (const phase of phases) {
      say('warm-up');
      for (const cell of phase) await measure(cell, { warmSeconds: seconds / 2, seconds: 0.1 });
      for (let round = 1; round <= rounds; round++) {
        say(`round ${round} of ${rounds}`);
        for (const cell of round % 2 ? phase : [...phase].reverse())
          cell.results.push(await measure(cell, { warmSeconds: seconds / 10, seconds }));
      }
    }
    const first = places[0];
    say('the worst FHIRPath that can be saved, and what others wait meanwhile');
    const hostile = await measureHostile(first.server, first.admin, options, run);
    return {
      sizes: sizes.map((size) => ({ patients: size, memberships: options.memberships })),
      cells: cells.map(({ place, job, results }) => ({
        size: place.size,
        work: job.work,
        under: job.under,
        ...Object.fromEntries(figures.map((name) => [name, spread(results.map((one) => one[name]))])),
        each: results.map(({ serverMs, postgresMs }) => ({ serverMs, postgresMs })),
      })),
      compile: compileTime(twentyEntries),
      hostile,
      plans: await plansOf(places.at(-1)),
      postgres: await postgresSettings(first.server),
    };
  } finally {
    for (const { server } of places) {
      await server.stop();
      server.removeData();
    }
  }
}

const figures = ['serverMs', 'postgresMs', 'perSecond', 'p50', 'p99'];

/** A server with that many patients, and what is asked of it. */
async function prepare(size, memberships, say) {
  const server = new Carekey();
  try {
    say(`a server with ${size.toLocaleString('en')} patients`);
    await server.start();
    const answer = await codeFlow(server, server.person);
    const projectId = answer.project.reference.split('/')[1];
    const admin = answer.access_token;
    const made = {};
    for (const [name, entries] of Object.entries(policies))
      made[name] = await policy(server, admin, name, entries);
    const callers = [];
    for (const [name, accessPolicyId] of Object.entries(made))
      callers.push({ under: name, headers: await client(server, admin, { accessPolicyId }) });
    const member = await person(server, admin, made['policy of 20 entries']);
    callers.push({
      under: acting,
      headers: {
        ...(await client(server, admin, { admin: true, accessPolicyId: made['everything open'] })),
        'x-medplum-on-behalf-of': `ProjectMembership/${member}`,
      },
    });
    if (size > small) await fillMemberships(server, member, memberships);
    const ids = await fillPatients(server, projectId, size, say);
    const jobs = callers.flatMap((caller) => jobsOf(caller, ids, size));
    return { server, size, admin, jobs };
  } catch (error) {
    await server.stop();
    server.removeData();
    throw error;
  }
}

function jobsOf({ under, headers }, ids, size) {
  const get = (path, expect) => ({ method: 'GET', path, headers, expect });
  const numbers = Array.from({ length: requestsPerJob }, (_, at) => Math.floor((at * size) / requestsPerJob));
  const post = (n) => ({
    method: 'POST',
    path: '/fhir/R4/Patient',
    headers: { ...headers, 'content-type': type },
    // Families of their own: what is searched for stays as rare as it was.
    body: JSON.stringify({ ...patient(n), name: [{ family: `New${n}` }] }),
    status: 201,
    expect: ['"resourceType":"Patient"'],
  });
  return [
    ['read', ids.map((id) => get(`/fhir/R4/Patient/${id}`, [`"id":"${id}"`]))],
    ['search', numbers.map((n) => get(`/fhir/R4/Patient?family:exact=${familyOf(n)}`, [`"${familyOf(n)}"`]))],
    ['newest page', [get('/fhir/R4/Patient?_sort=-_lastUpdated', ['"searchset"', '"Patient"'])]],
    ['create', numbers.map(post)],
  ].map(([work, requests]) => ({ name: `${work}, ${under}`, work, under, requests }));
}

/** The tables of a run. */
export function fhirTables({ sizes, cells, compile, hostile, plans }) {
  const [few, many = few] = sizes.map(({ patients }) => patients);
  const at = (size, { work, under }) =>
    cells.find((one) => one.size === size && one.work === work && one.under === under);
  const lines = cells.filter(({ size }) => size === few);
  const sum = ({ serverMs, postgresMs }) => serverMs + postgresMs;
  const ratio = (one) =>
    spread(at(many, one).each.map((each, round) => sum(each) / sum(at(few, one).each[round])));
  const open = (one) => at(few, { work: one.work, under: 'everything open' });
  const beside = (one) => spread(one.each.map((each, round) => sum(each) / sum(open(one).each[round])));
  return [
    `| Among ${few.toLocaleString('en')} patients | CPU ms of the server | CPU ms of PostgreSQL | both, beside everything open | requests/s | p99, ms | both among ${many.toLocaleString('en')}, ratio |`,
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...lines.map((one) =>
      row([
        `${one.work}<br>${one.under}`,
        shownSpread(one.serverMs),
        shownSpread(one.postgresMs),
        shownSpread(beside(one)),
        shownSpread(one.perSecond),
        shownSpread(one.p99),
        shownSpread(ratio(one)),
      ]),
    ),
    '',
    `A policy of 20 entries is compiled in ${shown(compile.ms)} ms of CPU.`,
    '',
    '| While a client posts what its own write constraint spends all its time on | quiet | meanwhile | ratio |',
    '| --- | --- | --- | --- |',
    ...hostile.lines.map(({ name, quiet, meanwhile, ratio }) =>
      row([name, ...[quiet, meanwhile, ratio].map(shownSpread)]),
    ),
    '',
    `The constraint: \`${hostile.expression}\`. Its ${hostile.answered} requests were answered ${hostile.status}.`,
    '',
    `How PostgreSQL answers among ${many.toLocaleString('en')} patients:`,
    '',
    '```text',
    plans.trim(),
    '```',
  ].join('\n');
}
