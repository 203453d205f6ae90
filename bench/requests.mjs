import { setTimeout as sleep } from 'node:timers/promises';
import { fill, postgresSettings } from './fill.mjs';
import { hashBound } from './hash-bound.mjs';
import { startGenerator } from './load/generator.mjs';
import { resources } from './peer/fixtures.mjs';
import { memoryOf } from './proc.mjs';
import { spread } from './statistics.mjs';
import { Carekey } from './systems/carekey.mjs';
import { Peer } from './systems/peer.mjs';
import { verifySamples } from './verify.mjs';
import { checkFamilies, prepareJobs, works } from './works.mjs';

const idleSeconds = 5;
const familiesPerConnection = 4;

/** Measures both systems in turns. Answers everything that the report needs. */
export async function measureRequests(options, say) {
  const ours = new Carekey();
  const peer = new Peer();
  const both = [ours, peer];
  try {
    const start = await measureStarts(both, options.rounds, say);
    say(`idle for ${idleSeconds} s`);
    await sleep(idleSeconds * 1000);
    const idle = both.map((system) => memoryOf(system.watch));
    const families = options.connections * (options.quick ? 1 : familiesPerConnection);
    say(`${families} people sign in to each app, by code and PKCE`);
    const jobs = [await prepareJobs(ours, families), await prepareJobs(peer, families)];
    say(`${options.rows.toLocaleString('en')} sessions by COPY`);
    const fillSeconds = [await fill(ours, options.rows), await fill(peer, options.rows)];
    const chosen = works.filter(({ name }) => !options.works || options.works.includes(name));
    if (chosen.length === 0) throw new Error(`--works knows: ${works.map(({ name }) => name).join(', ')}`);
    const hash = await hashBound(options.seconds);
    const lines = await measureWorks(both, jobs, chosen, options, say);
    await checkFamilies(ours, jobs[0].refresh);
    await checkFamilies(peer, jobs[1].refreshJwt, resources.jwt);
    await sleep(idleSeconds * 1000);
    const afterLoad = both.map((system) => memoryOf(system.watch));
    const postgres = await postgresSettings(ours);
    return { start, idle, afterLoad, fillSeconds, postgres, hash, works: lines };
  } finally {
    await Promise.all(both.map((system) => system.stop()));
    for (const system of both) system.removeData();
  }
}

/** Starts and stops both in turns on data directories that exist already; the last start keeps running. */
async function measureStarts(both, rounds, say) {
  say('first start of both');
  for (const system of both) {
    await system.start();
    await system.stop();
  }
  const ms = both.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const [index, system] of both.entries()) {
      if (round > 0) await system.stop();
      ms[index].push(await system.start());
    }
  }
  return ms.map(spread);
}

async function measureWorks(both, jobs, chosen, options, say) {
  const runJob = startGenerator();
  const { connections, seconds } = options;
  const run = (index, name, timing) =>
    runJob({
      ...jobs[index][name],
      origin: both[index].origin,
      watch: both[index].watch,
      connections: Math.min(connections, jobs[index][name].atMost ?? connections),
      ...timing,
    }).then((result) => {
      // The chains come back with the tokens that are current now.
      if (result.chains) jobs[index][name].chains = result.chains;
      return result;
    });
  const pairs = unique(chosen.flatMap(({ ours, peers }) => [`0 ${ours}`, `1 ${peers}`])).map((text) => {
    const [index, name] = text.split(' ');
    return [Number(index), name];
  });
  say('warm-up');
  for (const [index, name] of pairs) await run(index, name, { warmSeconds: seconds / 2, seconds: 0.1 });
  const results = new Map(pairs.map((pair) => [pair.join(' '), []]));
  for (let round = 1; round <= options.rounds; round++) {
    say(`round ${round} of ${options.rounds}`);
    // Who goes first changes with the round.
    for (const pair of round % 2 === 1 ? pairs : [...pairs].reverse()) {
      const result = await run(...pair, { warmSeconds: seconds / 10, seconds });
      await verify(both[pair[0]], pair[1], result);
      results.get(pair.join(' ')).push(result);
    }
  }
  return chosen.map((work) => compare(work, results.get(`0 ${work.ours}`), results.get(`1 ${work.peers}`)));
}

async function verify(system, job, { samples }) {
  if (!/^(clientCredentials|refresh|assertion|redemption|session|signIn)/.test(job)) return;
  if ((await verifySamples(system, samples)) === 0)
    throw new Error(`${job} of ${system.name} gave no token to verify`);
}

const figures = ['serverMs', 'postgresMs', 'perSecond', 'p50', 'p99'];

/** Median and spread of each figure of both, and of their ratios round by round. */
function compare({ name, note, ours: job }, ours, peers) {
  const of = (results) =>
    Object.fromEntries(figures.map((figure) => [figure, spread(results.map((result) => result[figure]))]));
  const ratio = Object.fromEntries(
    figures.map((figure) => [figure, spread(ours.map((one, round) => one[figure] / peers[round][figure]))]),
  );
  const whole = (one) => one.serverMs + one.postgresMs;
  ratio.cpu = spread(ours.map((one, round) => whole(one) / whole(peers[round])));
  return { name, note, ours: { job, ...of(ours) }, peer: of(peers), ratio };
}

function unique(values) {
  return [...new Set(values)];
}
