import { type Cli, type Definition, UsageError } from 'clipanion';
import leven from 'leven';
import type { CliContext } from './context.ts';
import { shortened } from './printable.ts';

/** What was wrong with the command line, and what was probably meant. clipanion's own answer is a list of usages. */
export function usageProblem(cli: Cli<CliContext>, argv: readonly string[], error: Error): string {
  if (error instanceof UsageError) return error.message;
  const definitions = cli.definitions();
  const commands = ['run', ...definitions.map(commandName).filter((name) => name !== '')];
  const [first = ''] = argv;
  if (first !== '' && !first.startsWith('-') && !commands.includes(first)) {
    return `unknown command "${shortened(first)}"${meant(first, commands)} ${FOLDER_HINT}`;
  }
  const definition = definitions.find((candidate) => commandName(candidate) === first) ?? definitions[0];
  if (definition === undefined) return NOT_UNDERSTOOD;
  const { problem, positionals } = inspect(definition, commands.includes(first) ? argv.slice(1) : argv);
  return problem ?? positionalProblem(definition, positionals);
}

const NOT_UNDERSTOOD = 'the command line cannot be understood';
const FOLDER_HINT = '(a source folder is given with --source)';

/** '' for the default command. */
export function commandName({ path }: Definition): string {
  return path.split(' ')[1] ?? '';
}

/** The names of an option and whether it takes a value: clipanion writes `--config,-c #0`. */
export function optionNames({ definition }: Definition['options'][number]): {
  names: string[];
  takesValue: boolean;
} {
  const [names = '', value] = definition.split(' ');
  return { names: names.split(','), takesValue: value !== undefined };
}

/** The `[FILE]`, `[DIR]` or `[PATTERN]` that a command takes. */
export function positionalOf({ usage }: Definition): string | undefined {
  return /\[(?:FILE|DIR|PATTERN)\]/.exec(usage)?.[0];
}

/** The first option that is wrong, and the words that belong to no option. */
function inspect(
  { options }: Definition,
  words: readonly string[],
): { problem?: string; positionals: readonly string[] } {
  const parsed = options.map(optionNames);
  const takers = namesOf(parsed.filter(({ takesValue }) => takesValue));
  const switches = namesOf(parsed.filter(({ takesValue }) => !takesValue)).flatMap((name) =>
    name.startsWith('--') ? [name, name.replace(/^--/, '--no-')] : [name],
  );
  const known = [...takers, ...switches, '--help', '--version'];
  const positionals: string[] = [];
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? '';
    if (word === '--') return { positionals: [...positionals, ...words.slice(index + 1)] };
    const [name = ''] = word.split('=');
    if (!word.startsWith('-') || word === '-') positionals.push(word);
    else if (takers.includes(name)) {
      if (word.includes('=')) continue;
      index += 1;
      if (index === words.length) return { problem: `option "${name}" needs a value`, positionals };
    } else if (switches.includes(name)) {
      if (word.includes('=')) return { problem: noValue(name), positionals };
    } else if (!isBatch(word, switches)) {
      const long = known.filter((candidate) => candidate.startsWith('--'));
      return { problem: `unknown option "${shortened(name)}"${meant(name, long)}`, positionals };
    }
  }
  return { positionals };
}

function namesOf(options: readonly { readonly names: readonly string[] }[]): string[] {
  return options.flatMap(({ names }) => names);
}

/** `-dv` */
function isBatch(word: string, switches: readonly string[]): boolean {
  return (
    /^-[^-]+$/.test(word) && Array.from(word.slice(1)).every((letter) => switches.includes(`-${letter}`))
  );
}

function noValue(name: string): string {
  const opposite = name.startsWith('--') ? `; its opposite is --no-${name.slice(2)}` : '';
  return `option "${name}" takes no value${opposite}`;
}

function positionalProblem(definition: Definition, positionals: readonly string[]): string {
  const takes = positionalOf(definition) === undefined ? 0 : 1;
  const extra = positionals[takes];
  if (extra === undefined) return NOT_UNDERSTOOD;
  const mayMeanSource =
    takes === 0 && definition.options.some((option) => optionNames(option).names.includes('--source'));
  return `unexpected word "${shortened(extra)}"${mayMeanSource ? ` ${FOLDER_HINT}` : ''}`;
}

function meant(typed: string, candidates: readonly string[]): string {
  const [nearest] = candidates
    .map((candidate) => ({ candidate, distance: leven(shortened(typed), candidate) }))
    .filter(({ candidate, distance }) => distance <= Math.max(2, candidate.length / 3))
    .sort((a, b) => a.distance - b.distance);
  return nearest ? `; did you mean "${nearest.candidate}"?` : '';
}
