// Writes the pages of docs/ that repeat what the code says: config.md, errors.md, retention.md.
// With --check it writes nothing and fails when a page is stale. --to <folder> writes elsewhere.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const built = join(root, 'dist/src');
const load = (path) => import(pathToFileURL(join(built, path)).href);

const note = (from) => `<!-- Made by \`npm run generate\` from ${from}. Edit that, not this. -->\n`;
const cell = (text) => String(text).replaceAll('|', '\\|').replaceAll('\n', ' ');
const table = (head, rows) =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.map(cell).join(' | ')} |`).join('\n');

async function configPage() {
  const { settings, secretSettings } = await load('kernel/config.js');
  const rows = Object.entries(settings).map(([name, [schema, sentence]]) => {
    const shown = secretSettings.includes(name) ? `\`${name}\` or \`${name}_FILE\`` : `\`${name}\``;
    return [shown, kindOf(schema), defaultOf(schema), sentence];
  });
  return `${note('`settings` in src/kernel/config.ts')}
# Configuration

Everything is read from the environment once, at start. A \`CAREKEY_\` name that is not listed here stops the start, so that
a misspelt setting never counts as its default. Each secret may be given as a file: \`<NAME>_FILE=/run/secrets/x\`.

${table(['Variable', 'Value', 'Default', 'Meaning'], rows)}

## What starts refuse

* a base URL that is not loopback and not https;
* \`DATABASE_URL\` without \`CAREKEY_SEALING_KEYS\`: make one with \`echo "k1:$(openssl rand -base64 32)"\` and keep it apart from
  the database and its backups. To change it, put the new key first, keep the old one behind it, and reseal;
* a placeholder as password or key, once the base URL is not loopback;
* settings that belong together, given alone.

Each refusal is one sentence that names the variable and says what to do; the exit code is 1.
`;
}

/** What a value must look like, in a word. */
function kindOf(schema) {
  const { def } = schema;
  if (def.innerType) return kindOf(def.innerType);
  if (def.type === 'enum')
    return Object.keys(def.entries)
      .map((value) => `\`${value}\``)
      .join(', ');
  if (def.type === 'number') return 'number';
  return def.format === 'email' ? 'e-mail address' : 'text';
}

function defaultOf(schema) {
  for (let at = schema; at?.def; at = at.def.innerType) {
    if (at.def.type === 'default') return `\`${at.def.defaultValue}\``;
  }
  return '(unset)';
}

async function errorsPage() {
  const { errorCatalogue, httpStatus } = await load('kernel/errors.js');
  const files = readdirSync(built, { recursive: true }).filter((path) => path.endsWith('.errors.js'));
  for (const path of files.sort()) await load(path);
  const rows = errorCatalogue().map(({ code, kind, sentence }) => [
    `\`${code}\``,
    httpStatus[kind],
    sentence,
  ]);
  return `${note('the `defineError` calls of src/**/*.errors.ts and src/kernel/errors.ts')}
# Errors

Every refusal has a code that does not change and a sentence that says what happened, then what to do. REST routes answer
them as problem documents (RFC 9457), GraphQL puts the code into \`extensions.reason\` and its kind into
\`extensions.code\`. The OAuth endpoints answer the codes of their own RFCs instead; \`error_description\` is always there.

${table(['Code', 'HTTP status', 'Sentence'], rows)}
`;
}

/** The lives are told by the running services, so one is started on a database of its own. */
async function retentionPage() {
  const dataDir = mkdtempSync(join(tmpdir(), 'carekey-generate-'));
  const { loadConfig } = await load('kernel/config.js');
  const { openDatabase } = await load('kernel/database-server.js');
  const { createWebApp } = await load('web-app.js');
  const { Purges } = await load('kernel/purges.js');
  const { migrations } = await load('../migrations/all.js');
  const config = loadConfig({ CAREKEY_DATA_DIR: dataDir, CAREKEY_LOG_LEVEL: 'silent' });
  const database = await openDatabase(config, migrations, { purpose: 'command' });
  try {
    const { connection, sealingKeys } = database;
    const app = await createWebApp({ config, connection, sealingKeys });
    const rows = app
      .get(Purges)
      .lives()
      .map(({ table, life }) => [`\`${table}\``, life]);
    await app.close();
    return `${note('what each folder registers with `Purges` (src/kernel/purges.ts)')}
# How long things are kept

Rows that have outlived their purpose are deleted every hour, in batches. What has expired is refused at use whether it was
deleted or not: stop the worker, and nothing old works. Tables that are not listed are kept until somebody deletes them;
audit records are kept for ever.

${table(['Table', 'Kept'], rows)}
`;
  } finally {
    await database.close();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

const check = process.argv.includes('--check');
const to = process.argv.includes('--to')
  ? process.argv[process.argv.indexOf('--to') + 1]
  : join(root, 'docs');
const read = (path) => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
};

let stale = 0;
for (const [name, page] of [
  ['config.md', await configPage()],
  ['errors.md', await errorsPage()],
  ['retention.md', await retentionPage()],
]) {
  const path = join(to, name);
  if (read(path) === page) continue;
  stale += 1;
  if (check) console.error(`${name} is stale. Run: npm run generate`);
  else writeFileSync(path, page);
}
// Importing the server's modules may leave timers behind; the pages are written.
process.exit(check && stale > 0 ? 1 : 0);
