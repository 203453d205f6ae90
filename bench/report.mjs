import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { shown, shownSpread } from './statistics.mjs';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const versionOf = (path) => JSON.parse(readFileSync(path, 'utf8')).version;

/** What every published figure says about where it comes from. */
export function circumstances(options, postgres, loadBefore) {
  const require = createRequire(import.meta.url);
  return {
    measuredAt: new Date().toISOString().slice(0, 10),
    carekey: versionOf(here('../package.json')),
    'oidc-provider': versionOf(require.resolve('oidc-provider/package.json')),
    node: process.versions.node,
    postgresql: postgres,
    loadAverage: `${loadBefore.toFixed(1)} before the run, ${loadavg()[0].toFixed(1)} after it; its own share is about 3`,
    machine: `${availableParallelism()} cores, ${cpus()[0].model.trim()}, load generator on the same machine`,
    passwordHash: 'argon2id, 19 MiB, t=2, p=1 (both; used at sign-in only)',
    ...numbersOf(options),
    command: commandOf(options),
  };
}

/** The numbers that a mode goes by. */
const numbersByMode = {
  requests: ['rounds', 'seconds', 'connections', 'rows'],
  timing: ['samples'],
  waiting: ['rounds', 'seconds'],
  revocation: ['samples'],
  fhir: ['rounds', 'seconds', 'connections', 'rows', 'memberships'],
};

function numbersOf(options) {
  return Object.fromEntries(numbersByMode[options.mode].map((name) => [name, options[name]]));
}

function commandOf(options) {
  const words = Object.entries(numbersOf(options)).map(([name, value]) => `--${name} ${value}`);
  if (options.mode !== 'requests') words.unshift(options.mode);
  return `npm run bench -- ${words.join(' ')}`;
}

/** The tables of a run, as Markdown: read at the terminal, kept in bench/README.md. */
export function tables({ works, start, idle, afterLoad, hash }) {
  return [
    '| Work | CPU ms of the server: Carekey | oidc-provider | ratio | CPU ms of PostgreSQL: Carekey | oidc-provider | ratio | both together, ratio |',
    '| --- | --- | --- | --- | --- | --- | --- | --- |',
    ...works.map(({ name, note, ours, peer, ratio }) =>
      row([
        note ? `${name}<br>${note}` : name,
        shownSpread(ours.serverMs),
        shownSpread(peer.serverMs),
        shownSpread(ratio.serverMs),
        shownSpread(ours.postgresMs),
        shownSpread(peer.postgresMs),
        peer.postgresMs.median < 0.005 ? '-' : shownSpread(ratio.postgresMs),
        shownSpread(ratio.cpu),
      ]),
    ),
    '',
    '| Work | requests/s: Carekey | oidc-provider | ratio | p50, ratio | p99, ratio |',
    '| --- | --- | --- | --- | --- | --- |',
    ...works.map(({ name, ours, peer, ratio }) =>
      row([
        name,
        shownSpread(ours.perSecond),
        shownSpread(peer.perSecond),
        shownSpread(ratio.perSecond),
        shownSpread(ratio.p50),
        shownSpread(ratio.p99),
      ]),
    ),
    '',
    ...besideTheHash(works, hash),
    '| | Carekey | oidc-provider |',
    '| --- | --- | --- |',
    row(['start on existing data to the first 200 of `/healthcheck`, ms', ...start.map(shownSpread)]),
    row(['idle memory of the server, RSS, MB', ...idle.map(({ server }) => shown(server.rss))]),
    row(['idle memory of the server, PSS, MB', ...idle.map(({ server }) => shown(server.pss))]),
    row(['idle memory of PostgreSQL, PSS, MB', ...idle.map(({ postgres }) => shown(postgres.pss))]),
    row(['RSS of the server after the load, MB', ...afterLoad.map(({ server }) => shown(server.rss))]),
  ].join('\n');
}

/** What a sign-in costs besides the hash that it cannot do without. */
function besideTheHash(works, hash) {
  const signIn = works.find(({ ours }) => ours.job === 'signIn');
  if (!signIn) return [];
  const cells = ({ serverMs, perSecond }) => [
    shown(serverMs.median - hash.cpuMs),
    shown((perSecond.median / hash.perSecond) * 100),
  ];
  return [
    `argon2id alone: ${shown(hash.cpuMs)} ms of CPU, ${shown(hash.perSecond)} a second with ${hash.inFlight} in flight.`,
    '',
    '| Sign-in to token | CPU ms besides the hash | sign-ins per second, % of the hashes alone |',
    '| --- | --- | --- |',
    row(['Carekey', ...cells(signIn.ours)]),
    row(['oidc-provider', ...cells(signIn.peer)]),
    '',
  ];
}

/** A line of a Markdown table. */
export function row(cells) {
  return `| ${cells.join(' | ')} |`;
}

/** Keeps a run: everything as JSON, the tables in the README between their marks. */
export function keep(name, section, facts, result, text) {
  writeFileSync(here(`results/${name}.json`), `${JSON.stringify({ ...facts, ...result }, null, 2)}\n`);
  const readme = readFileSync(here('README.md'), 'utf8');
  const [begin, end] = [`<!-- ${section} -->`, `<!-- /${section} -->`];
  const [head, rest] = readme.split(begin);
  const tail = rest?.split(end)[1];
  if (tail === undefined) throw new Error(`bench/README.md has no place for "${section}" any more`);
  writeFileSync(here('README.md'), `${head}${begin}\n\n${describe(facts)}\n\n${text}\n\n${end}${tail}`);
}

/** The circumstances in words. */
export function describe(facts) {
  return Object.entries(facts)
    .map(([name, value]) => {
      const words =
        typeof value === 'object' ? Object.entries(value).map(([key, one]) => `${key} ${one}`) : [value];
      return `- ${name}: ${name === 'command' ? `\`${value}\`` : words.join(', ')}`;
    })
    .join('\n');
}
