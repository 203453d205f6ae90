import { parseArgs } from 'node:util';
import { ConfigError } from '../kernel/config.js';
import { AppError } from '../kernel/errors.js';
import { StartError } from '../kernel/start-error.js';
import { type Call, type Command, type CommandEntry, type House, UsageError } from './command.types.js';
import { commands } from './commands.js';
import { commandHelp, generalHelp } from './help.js';
import { Terminal } from './terminal.js';

const everywhere = {
  json: { type: 'boolean', summary: 'Print the answer as JSON' },
  help: { type: 'boolean', summary: 'Show this help' },
} as const;

/**
 * Runs `carekey <words>`.
 * @param words the command line behind `carekey`.
 * @returns the exit code: 0 done, 1 failed, 2 called wrongly.
 */
export async function runCommand(
  words: readonly string[],
  house: House,
  terminal = new Terminal(),
): Promise<number> {
  const entry = commandOf(words);
  if (!entry) return withoutCommand(words, house, terminal);
  const rest = words.slice(entry.name.split(' ').length);
  const command = await entry.load();
  const wantsJson = rest.includes('--json');
  try {
    const call = parse(command, rest, house, terminal);
    if (call.options['help']) {
      terminal.print(commandHelp(command, everywhere));
      return 0;
    }
    const answer = await command.run(call);
    terminal.print(wantsJson ? JSON.stringify(answer.json, null, 2) : answer.text);
    return answer.failed ? 1 : 0;
  } catch (error) {
    if (error instanceof UsageError) {
      terminal.printError(`${error.message}\n\n${commandHelp(command, everywhere)}`);
      return 2;
    }
    const sentence = sentenceOf(error);
    if (wantsJson) terminal.print(JSON.stringify({ error: sentence }));
    terminal.printError(sentence);
    return 1;
  }
}

function commandOf(words: readonly string[]): CommandEntry | undefined {
  return commands.find(({ name }) => name.split(' ').every((word, at) => words[at] === word));
}

function withoutCommand(words: readonly string[], house: House, terminal: Terminal): number {
  const first = words[0];
  if (first === undefined || first === '--help' || first === '-h' || first === 'help') {
    terminal.print(generalHelp(commands));
    return 0;
  }
  if (first === '--version' || first === 'version') {
    terminal.print(house.version);
    return 0;
  }
  const group = commands.filter(({ name }) => name.startsWith(`${first} `));
  const known = (group.length > 0 ? group : commands).map(({ name }) => name).join(', ');
  terminal.printError(`There is no command "${words.slice(0, 2).join(' ')}". Known: ${known}.`);
  return 2;
}

function parse(command: Command, words: readonly string[], house: House, terminal: Terminal): Call {
  const options = Object.fromEntries(
    Object.entries({ ...command.options, ...everywhere }).map(([name, { type }]) => [name, { type }]),
  );
  // There are no short options but -h, and the id of a key may begin with a dash: then it is an argument.
  const ids = words.filter((word) => /^-[^-]/.test(word) && word !== '-h');
  const others = words.filter((word) => !ids.includes(word)).map((word) => (word === '-h' ? '--help' : word));
  const args = ids.length === 0 || others.includes('--') ? others.concat(ids) : [...others, '--', ...ids];
  let parsed: { values: Record<string, string | boolean | undefined>; positionals: string[] };
  try {
    parsed = parseArgs({ args, options, allowPositionals: true, strict: true }) as typeof parsed;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
  const needed = command.arguments.filter((name) => !name.startsWith('['));
  if (!parsed.values['help']) {
    const missing = needed[parsed.positionals.length];
    if (missing) throw new UsageError(`Say which: ${missing} is missing.`);
    const excess = parsed.positionals[command.arguments.length];
    if (excess !== undefined) throw new UsageError(`"${excess}" is one argument too many.`);
  }
  return { house, terminal, options: parsed.values, arguments: parsed.positionals };
}

/** Expected reasons in their own words; anything else with its stack, because it is a fault of ours. */
function sentenceOf(error: unknown): string {
  const expected = error instanceof ConfigError || error instanceof StartError || error instanceof AppError;
  if (expected) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
