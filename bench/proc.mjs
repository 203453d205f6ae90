import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Linux counts CPU time in ticks of 10 ms; a window of some seconds makes that exact enough. */
const msPerTick = 10;

/** The fields of `/proc/<pid>/stat` after the command name, which may hold spaces itself. */
function stat(pid) {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const [state, ppid, ...rest] = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [utime, stime, cutime, cstime] = rest.slice(9, 13).map(Number);
  return { state, ppid: Number(ppid), own: utime + stime, reaped: cutime + cstime };
}

function childrenOf(pid) {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((candidate) => {
      try {
        return stat(candidate).ppid === pid;
      } catch {
        return false; // Ended meanwhile.
      }
    });
}

/** CPU milliseconds that a server process has used so far: all its threads, none of its children. */
function serverCpu(pid) {
  return stat(pid).own * msPerTick;
}

/** CPU milliseconds of a whole PostgreSQL: postmaster, its living children and those that have ended. */
function postgresCpu(postmaster) {
  const { own, reaped } = stat(postmaster);
  let ticks = own + reaped;
  for (const child of childrenOf(postmaster)) {
    try {
      ticks += stat(child).own;
    } catch {
      // Ended between the two looks; the postmaster counts it from now on.
    }
  }
  return ticks * msPerTick;
}

/** Both figures at one moment. */
export function cpuOf({ server, postmaster }) {
  return { server: serverCpu(server), postgres: postgresCpu(postmaster) };
}

/** Resident and proportional memory in MB: of the server process, and of all PostgreSQL processes together. */
export function memoryOf({ server, postmaster }) {
  const all = [postmaster, ...childrenOf(postmaster)].map(memory);
  return { server: memory(server), postgres: { pss: all.reduce((sum, { pss }) => sum + pss, 0) } };
}

function memory(pid) {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const mb = (name) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)[1]) / 1024;
  return { rss: mb('Rss'), pss: mb('Pss') };
}

/** Where the embedded PostgreSQL of a data directory keeps its cluster. */
export function clusterOf(dataDir) {
  const note = join(dataDir, 'postgres-home');
  const home = existsSync(note) ? readFileSync(note, 'utf8').trim() : dataDir;
  return join(home, readdirSync(home).find((name) => /^pg\d+$/.test(name)) ?? 'pg');
}

/** The postmaster of an embedded data directory; `undefined` while none runs. */
export function postmasterOf(dataDir) {
  const file = join(clusterOf(dataDir), 'postmaster.pid');
  return existsSync(file) ? Number.parseInt(readFileSync(file, 'utf8'), 10) : undefined;
}

/** Whether a process exists and is not a zombie. */
export function isAlive(pid) {
  try {
    return stat(pid).state !== 'Z';
  } catch {
    return false;
  }
}
