import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { systemActor } from '../kernel/actor.js';
import { Db } from '../kernel/db.js';
import { type ProjectId, parseId } from '../kernel/ids.js';
import { StartError } from '../kernel/start-error.js';
import { UserImportService } from '../memberships/user-import.service.js';
import { ProjectsService } from '../projects/projects.service.js';
import { type Answer, type Call, type Command, UsageError } from './command.types.js';
import { type Services, withServices } from './with-services.js';

const actor = systemActor('carekey users import');
const shownRefusals = 20;

/** `carekey users import`. */
export const usersImport: Command = {
  name: 'users import',
  summary: 'Bring people with their password hashes over from another system',
  arguments: ['<file>'],
  options: {
    project: { type: 'string', value: 'id', summary: 'The project whose users they become' },
    'dry-run': { type: 'boolean', summary: 'Try every line and keep nothing' },
    report: { type: 'string', value: 'file', summary: 'Write the refused lines there, as JSON Lines' },
  },
  run: async (call) => {
    const projectId = parseId<'Project'>(call.options['project']);
    if (!projectId) throw new UsageError('--project is the id of a project.');
    const file = resolve(call.arguments[0] ?? '');
    const size = await sizeOf(file);
    return withServices(call.house, (services) => importAll(call, services, projectId, { file, size }));
  },
};

interface Refusal {
  readonly line: number;
  readonly reason: string;
}

async function importAll(
  call: Call,
  services: Services,
  projectId: ProjectId,
  { file, size }: { readonly file: string; readonly size: number },
): Promise<Answer> {
  const projects = services.get(ProjectsService, { strict: false });
  await services.get(Db, { strict: false }).read((tx) => projects.get(tx, projectId));
  const imports = services.get(UserImportService, { strict: false });
  const dryRun = call.options['dry-run'] === true;
  const report = await openReport(call.options['report']);
  const count = { imported: 0, present: 0, refused: 0 };
  const shown: Refusal[] = [];
  const source = createReadStream(file);
  await call.terminal.withProgress('KB', async (progress) => {
    let line = 0;
    for await (const text of createInterface({ input: source, crlfDelay: Number.POSITIVE_INFINITY })) {
      line += 1;
      progress(Math.round(source.bytesRead / 1024), Math.round(size / 1024));
      if (text.trim() === '') continue;
      const person = json(text);
      const outcome =
        person === undefined ? notJson : await imports.import(actor, projectId, person, { dryRun });
      if (typeof outcome === 'string') {
        count[outcome] += 1;
        continue;
      }
      count.refused += 1;
      const refusal = { line, reason: outcome.refused };
      if (shown.length < shownRefusals) shown.push(refusal);
      await report?.appendFile(`${JSON.stringify(refusal)}\n`);
    }
  });
  await report?.close();
  return {
    text: [summary(count, dryRun), ...refusalLines(shown, count.refused, report !== undefined)].join('\n'),
    json: { dryRun, ...count, refusals: shown },
    failed: count.refused > 0,
  };
}

const notJson = { refused: 'The line is not JSON: each line is one person, like {"email": "…", …}.' };

function json(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    return undefined;
  }
}

async function sizeOf(file: string): Promise<number> {
  const found = await stat(file).catch(() => undefined);
  if (!found?.isFile()) throw new StartError(`There is no file at ${file}.`);
  return found.size;
}

/** @throws StartError when there is such a file: what it says may still be needed. */
async function openReport(path: string | boolean | undefined) {
  if (path === undefined) return undefined;
  const file = resolve(String(path));
  return open(file, 'wx', 0o600).catch((cause: NodeJS.ErrnoException) => {
    throw new StartError(
      cause.code === 'EEXIST'
        ? `There is a file at ${file} already. Name another one for the report.`
        : `The report cannot be written to ${file}: ${cause.message}.`,
    );
  });
}

function summary({ imported, present, refused }: Record<string, number>, dryRun: boolean): string {
  const would = dryRun ? 'would be' : 'were';
  const kept = dryRun ? '. Nothing was kept: this was a dry run.' : '.';
  return `${imported} people ${would} imported, ${present} were here already, ${refused} lines ${would} refused${kept}`;
}

function refusalLines(shown: readonly Refusal[], all: number, reported: boolean): string[] {
  const lines = shown.map(({ line, reason }) => `  line ${line}: ${reason}`);
  if (all > shown.length)
    lines.push(`  and ${all - shown.length} more${reported ? '' : '; --report <file> writes them all'}`);
  return lines;
}
