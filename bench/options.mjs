import { parseArgs } from 'node:util';

const help = `npm run bench [-- options]          Carekey and oidc-provider side by side, and what is printed is kept in bench/
npm run bench -- timing [options]   refusals of what exists and of what does not, both distributions
npm run bench -- waiting [options]  how long a token takes while 200 sign-ins wait
npm run bench -- revocation [options]  how soon a revocation bites on another node
npm run bench -- fhir [options]     reads, searches and creates at the FHIR door, under policies and on behalf of a member

  --rounds <n>       interleaved rounds (5)
  --seconds <n>      counted seconds of each work in each round (5)
  --connections <n>  keep-alive connections in a closed loop (16)
  --rows <n>         sessions, or patients, that are there before, loaded by COPY (10000); --full: a million
  --memberships <n>  fhir: members of the project (100); --full: ten thousand
  --works <a,b>      only these works
  --samples <n>      timing: refusals of each kind; revocation: ended logins (300)
  --name <name>      file name of the result, without it the version of Carekey
  --quick            one round of 2 s, nothing kept: does the benchmark itself still work?
`;

const modes = ['requests', 'timing', 'waiting', 'revocation', 'fhir'];

const numbers = { rounds: 5, seconds: 5, connections: 16, rows: 10_000, memberships: 100, samples: 300 };

const full = { rows: 1_000_000, memberships: 10_000 };
const quick = { rounds: 1, seconds: 2, rows: 1000, samples: 20 };

/** Reads the command line; prints the help and ends on `--help`. @throws Error naming what is wrong. */
export function readOptions(args) {
  const text = { type: 'string' };
  const flag = { type: 'boolean', default: false };
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      ...Object.fromEntries(Object.keys(numbers).map((name) => [name, text])),
      works: text,
      name: text,
      full: flag,
      quick: flag,
      help: flag,
    },
  });
  if (values.help) {
    process.stdout.write(help);
    process.exit(0);
  }
  const [mode = 'requests', ...rest] = positionals;
  if (!modes.includes(mode) || rest.length > 0) {
    throw new Error(`"${positionals.join(' ')}" is no part of this benchmark. Try: npm run bench -- --help`);
  }
  const options = { mode, name: values.name, works: values.works?.split(','), quick: values.quick };
  const standards = { ...numbers, ...(values.full && full), ...(values.quick && quick) };
  for (const [name, standard] of Object.entries(standards)) {
    options[name] = positive(name, values[name], standard);
  }
  return Object.freeze(options);
}

function positive(name, value, standard) {
  if (value === undefined) return standard;
  const number = Number(value);
  if (!(number > 0)) throw new Error(`--${name} must be a number above 0, not "${value}".`);
  return number;
}
