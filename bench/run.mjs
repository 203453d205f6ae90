// npm run bench: see options.mjs, or --help.
import { endAll } from './children.mjs';
import { readOptions } from './options.mjs';
import { circumstances, describe, keep, tables } from './report.mjs';
import { measureRequests } from './requests.mjs';
import { measureTiming, timingTables } from './timing.mjs';

const say = (text) => process.stderr.write(`${text}\n`);

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    endAll().finally(() => process.exit(1));
  });
}

try {
  const options = readOptions(process.argv.slice(2));
  const timing = options.mode === 'timing';
  const result = await (timing ? measureTiming : measureRequests)(options, say);
  const text = (timing ? timingTables : tables)(result);
  const facts = circumstances(options, result.postgres);
  process.stdout.write(`${describe(facts)}\n\n${text}\n`);
  if (!options.quick) {
    const name = options.name ?? `carekey-${facts.carekey}${timing ? '-timing' : ''}`;
    keep(name, timing ? 'timing' : 'requests', facts, result, text);
    say(`kept in bench/results/${name}.json and bench/README.md`);
  }
} catch (error) {
  say(`The benchmark failed: ${error.stack ?? error}`);
  process.exitCode = 1;
} finally {
  await endAll();
}
