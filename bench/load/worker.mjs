// The load generator: a process of its own that runs one job after the other, each told by message.
import { setTimeout as sleep } from 'node:timers/promises';
import { cpuOf } from '../proc.mjs';
import { Connection } from './connection.mjs';
import { flowOf } from './flows.mjs';
import { nextRequest } from './requests.mjs';

const samples = 4;

process.on('message', (job) => {
  runJob(job).then(
    (result) => process.send({ result }),
    (error) => process.send({ error: error.message }),
  );
});
process.on('disconnect', () => process.exit(0));
process.on('SIGTERM', () => process.exit(0));

/**
 * Runs a job: `warmSeconds` without counting, then `seconds` with. CPU time is read here at both ends of the window, in
 * the same tick in which counting starts and stops.
 */
async function runJob(job) {
  const run = { job, counting: false, stopping: false, latencies: [], samples: [], failure: undefined };
  const connections = job.flow ? [] : slots(job).map(() => new Connection(job.origin));
  try {
    const window = job.flow === 'redemption' ? await redeemAll(run) : await goRound(run, connections);
    if (run.failure) throw run.failure;
    return { ...figures(run, ...window), samples: run.samples, chains: job.chains };
  } finally {
    await Promise.all(connections.map((connection) => connection.close()));
  }
}

const slots = ({ connections }) => Array.from({ length: connections }, (_, slot) => slot);
const moment = ({ watch }) => ({ at: performance.now(), cpu: cpuOf(watch) });

async function goRound(run, connections) {
  const { job } = run;
  const acts = job.flow
    ? await flowsOf(job)
    : connections.map((connection, slot) => requestsOf(job, connection, slot));
  const loops = acts.map((act) => loop(run, act, () => run.stopping));
  try {
    await sleep(job.warmSeconds * 1000);
    const before = moment(job);
    run.counting = true;
    await sleep(job.seconds * 1000);
    run.counting = false;
    return [before, moment(job)];
  } finally {
    run.stopping = true;
    await Promise.allSettled(loops);
  }
}

/** A code works once and lives a minute, so they are collected first, and the window lasts until they are used up. */
async function redeemAll(run) {
  const { job } = run;
  const acts = await flowsOf(job);
  await Promise.all(acts.map((act) => act.collect(job.warmSeconds + job.seconds)));
  const before = moment(job);
  run.counting = true;
  await Promise.all(acts.map((act) => loop(run, act, () => act.left() === 0)));
  return [before, moment(job)];
}

/** One after the other: signing in all at once would only fill the queue of the password hashes. */
async function flowsOf(job) {
  const acts = [];
  for (const _ of slots(job)) acts.push(await flowOf(job));
  return acts;
}

function requestsOf(job, connection, slot) {
  const requests = nextRequest(job, slot);
  return async () => {
    const answer = await connection.send(requests.next());
    requests.check(answer);
    return answer.body;
  };
}

async function loop(run, act, isOver) {
  while (!isOver() && !run.failure) {
    const began = performance.now();
    try {
      const body = await act();
      if (!run.counting) continue;
      run.latencies.push(performance.now() - began);
      if (run.samples.length < samples)
        run.samples.push(typeof body === 'string' ? body : JSON.stringify(body));
    } catch (error) {
      run.failure ??= error;
    }
  }
}

function figures({ latencies }, before, after) {
  const count = latencies.length;
  const ms = after.at - before.at;
  latencies.sort((a, b) => a - b);
  const at = (share) => latencies[Math.min(count - 1, Math.floor(count * share))];
  return {
    count,
    perSecond: (count / ms) * 1000,
    serverMs: (after.cpu.server - before.cpu.server) / count,
    postgresMs: (after.cpu.postgres - before.cpu.postgres) / count,
    p50: at(0.5),
    p99: at(0.99),
  };
}
