import { setTimeout as sleep } from 'node:timers/promises';
import { client, policy } from './admin.mjs';
import { patient } from './fhir-data.mjs';
import { shown, spread } from './statistics.mjs';

/** Each letter of a long name, for each of its letters, for each of its letters. */
const letters = '%after.name.family.toChars()';
const expression = `${letters}.select(${letters}.select(${letters}.count()).count()).count() > 0`;
const longName = 'Quill'.repeat(200);
const harmless = '%after.name.family.exists()';
const callers = 4;
const connections = 4;
const path = '/fhir/R4/Patient';

/**
 * Latencies of others while clients post resources whose write constraint would run for minutes, against the same without
 * them, turn by turn. Others: a token, a create without a constraint, a create with a harmless one.
 */
export async function measureHostile(server, admin, { rounds, seconds }, run) {
  const under = async (name, writeConstraint) =>
    client(server, admin, {
      accessPolicyId: await policy(server, admin, name, [{ resourceType: 'Patient', writeConstraint }]),
    });
  const hostile = await under('Hostile', [{ expression }]);
  const jobs = [
    job('create without a constraint, p99 ms', await under('No constraint')),
    job('create with a harmless constraint, p99 ms', await under('Harmless', [{ expression: harmless }])),
  ];
  const measure = async (one) => {
    const timing = { warmSeconds: seconds / 5, seconds, connections };
    const result = await run({ ...one, origin: server.origin, watch: server.watch, ...timing });
    if (result.count === 0) throw new Error(`Nothing was answered within ${seconds} s: ${one.name}`);
    return result.p99;
  };
  for (const one of jobs) await measure(one);
  const crowd = new Crowd(server, hostile);
  const results = jobs.map(() => ({ quiet: [], meanwhile: [] }));
  for (let round = 0; round < rounds; round++) {
    for (const [at, one] of jobs.entries()) results[at].quiet.push(await measure(one));
    await crowd.come();
    for (const [at, one] of jobs.entries()) results[at].meanwhile.push(await measure(one));
    await crowd.leave();
  }
  return {
    expression,
    answered: shown(crowd.answered),
    status: [...crowd.statuses].join(', '),
    lines: jobs.map(({ name }, at) => {
      const { quiet, meanwhile } = results[at];
      const ratio = spread(meanwhile.map((one, round) => one / quiet[round]));
      return { name, quiet: spread(quiet), meanwhile: spread(meanwhile), ratio };
    }),
  };
}

const headersOf = (headers) => ({ ...headers, 'content-type': 'application/fhir+json' });

function job(name, headers) {
  const body = JSON.stringify(patient(1));
  const request = { method: 'POST', path, headers: headersOf(headers), body, status: 201, expect: ['"id":'] };
  return { name, requests: [request] };
}

/** Callers who post again as soon as they are answered. */
class Crowd {
  answered = 0;
  statuses = new Set();
  #here = false;
  #loops = [];

  constructor({ origin }, headers) {
    const body = JSON.stringify({ ...patient(2), name: [{ family: longName }] });
    this.send = () => fetch(origin + path, { method: 'POST', headers: headersOf(headers), body });
  }

  /** Answers once each of them was answered for the first time. */
  async come() {
    this.#here = true;
    const before = this.answered;
    this.#loops = Array.from({ length: callers }, () => this.#post());
    while (this.answered < before + callers) await sleep(20);
  }

  leave() {
    this.#here = false;
    return Promise.all(this.#loops);
  }

  async #post() {
    while (this.#here) {
      const response = await this.send();
      await response.text();
      if (response.ok) throw new Error('What takes minutes was allowed');
      this.statuses.add(response.status);
      this.answered += 1;
    }
  }
}
