import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { shown, shownSpread } from './statistics.mjs';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const versionOf = (path) => JSON.parse(readFileSync(path, 'utf8')).version;

/** What every published figure says about where it comes from. */
export function circumstances(options, postgres) {
  const require = createRequire(import.meta.url);
  const { mode, rounds, seconds, connections, rows, samples } = options;
  return {
    measuredAt: new Date().toISOString().slice(0, 10),
    carekey: versionOf(here('../package.json')),
    'oidc-provider': versionOf(require.resolve('oidc-provider/package.json')),
    node: process.versions.node,
    postgresql: postgres,
    machine: `${availableParallelism()} cores, ${cpus()[0].model.trim()}, load generator on the same machine`,
    passwordHash: 'argon2id, 19 MiB, t=2, p=1 (both; used at sign-in only)',
    ...(mode === 'timing' ? { samples } : { rounds, seconds, connections, rows }),
    command: commandOf(options),
  };
}

function commandOf({ mode, rounds, seconds, connections, rows, samples }) {
  const words = mode === 'timing' ? ['timing', `--samples ${samples}`] : [];
  if (mode === 'requests')
    words.push(`--rounds ${rounds} --seconds ${seconds} --connections ${connections} --rows ${rows}`);
  return `npm run bench -- ${words.join(' ')}`;
}

/** The tables of a run, as Markdown: read at the terminal, kept in bench/README.md. */
export function tables({ works, start, idle, afterLoad }) {
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
    '| | Carekey | oidc-provider |',
    '| --- | --- | --- |',
    row(['start on existing data to the first 200 of `/healthcheck`, ms', ...start.map(shownSpread)]),
    row(['idle memory of the server, RSS, MB', ...idle.map(({ server }) => shown(server.rss))]),
    row(['idle memory of the server, PSS, MB', ...idle.map(({ server }) => shown(server.pss))]),
    row(['idle memory of PostgreSQL, PSS, MB', ...idle.map(({ postgres }) => shown(postgres.pss))]),
    row(['RSS of the server after the load, MB', ...afterLoad.map(({ server }) => shown(server.rss))]),
  ].join('\n');
}

function row(cells) {
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
