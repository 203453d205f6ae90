import type { Command, CommandEntry, CommandOption } from './command.types.js';

/** `carekey --help`. */
export function generalHelp(commands: readonly CommandEntry[]): string {
  return [
    'Carekey: identity and access server for healthcare software.',
    '',
    'Usage: carekey <command> [options]',
    '',
    'Commands:',
    ...columns(commands.map(({ name, summary }) => [name, summary])),
    '',
    'Every command takes --json and --help. Settings are those of the server: run it where the server runs, with',
    'the same environment. It joins a running embedded PostgreSQL and starts one that is down.',
    'Exit codes: 0 done, 1 failed (one sentence on standard error), 2 called wrongly.',
  ].join('\n');
}

/** `carekey <command> --help`. */
export function commandHelp(command: Command, more: Readonly<Record<string, CommandOption>>): string {
  const usage = ['carekey', command.name, ...command.arguments, '[options]'].join(' ');
  const options = Object.entries({ ...command.options, ...more });
  return [
    `${command.summary}.`,
    '',
    `Usage: ${usage}`,
    '',
    'Options:',
    ...columns(
      options.map(([name, { value, summary }]) => [`--${name}${value ? ` <${value}>` : ''}`, summary]),
    ),
  ].join('\n');
}

/** Rows of text in aligned columns, indented. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const width = (at: number) => Math.max(...rows.map((row) => row[at]?.length ?? 0));
  return rows.map((row) => `  ${row.map((cell, at) => cell.padEnd(width(at))).join('  ')}`.trimEnd());
}
