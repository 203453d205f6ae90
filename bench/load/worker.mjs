// The load generator: a process of its own that runs one job after the other, each told by message.
import { setTimeout as sleep } from 'node:timers/promises';
import { cpuOf } from '../proc.mjs';
import { Connection } from './connection.mjs';
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
  const connections = Array.from({ length: job.connections }, () => new Connection(job.origin));
  const loops = connections.map((connection, slot) => loop(run, connection, slot));
  try {
    await sleep(job.warmSeconds * 1000);
    const before = { at: performance.now(), cpu: cpuOf(job.watch) };
    run.counting = true;
    await sleep(job.seconds * 1000);
    run.counting = false;
    const after = { at: performance.now(), cpu: cpuOf(job.watch) };
    run.stopping = true;
    await Promise.all(loops);
    if (run.failure) throw run.failure;
    return { ...figures(run, before, after), samples: run.samples, chains: job.chains };
  } finally {
    run.stopping = true;
    await Promise.allSettled(loops);
    await Promise.all(connections.map((connection) => connection.close()));
  }
}

async function loop(run, connection, slot) {
  const requests = nextRequest(run.job, slot);
  while (!run.stopping && !run.failure) {
    const request = requests.next();
    const sent = performance.now();
    try {
      const answer = await connection.send(request);
      if (run.counting) run.latencies.push(performance.now() - sent);
      requests.check(answer);
      if (run.samples.length < samples && run.counting) run.samples.push(answer.body);
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
