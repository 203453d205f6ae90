// npm run bench: see options.mjs, or --help.
import { loadavg } from 'node:os';
import { endAll } from './children.mjs';
import { fhirTables, measureFhir } from './fhir.mjs';
import { readOptions } from './options.mjs';
import { circumstances, describe, keep, tables } from './report.mjs';
import { measureRequests } from './requests.mjs';
import { measureRevocation, revocationTables } from './revocation.mjs';
import { measureTiming, timingTables } from './timing.mjs';
import { measureWaiting, waitingTables } from './waiting.mjs';

const modes = {
  requests: [measureRequests, tables],
  timing: [measureTiming, timingTables],
  waiting: [measureWaiting, waitingTables],
  revocation: [measureRevocation, revocationTables],
  fhir: [measureFhir, fhirTables],
};

const say = (text) => process.stderr.write(`${text}\n`);

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    endAll().finally(() => process.exit(1));
  });
}

try {
  const options = readOptions(process.argv.slice(2));
  const [measure, inTables] = modes[options.mode];
  const [loadBefore] = loadavg();
  const result = await measure(options, say);
  const text = inTables(result);
  const facts = circumstances(options, result.postgres, loadBefore);
  process.stdout.write(`${describe(facts)}\n\n${text}\n`);
  if (!options.quick) {
    const name =
      options.name ?? `carekey-${facts.carekey}${options.mode === 'requests' ? '' : `-${options.mode}`}`;
    keep(name, options.mode, facts, result, text);
    say(`kept in bench/results/${name}.json and bench/README.md`);
  }
} catch (error) {
  say(`The benchmark failed: ${error.stack ?? error}`);
  process.exitCode = 1;
} finally {
  await endAll();
}
