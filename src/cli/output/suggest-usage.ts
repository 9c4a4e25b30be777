import { type Cli, type Definition, UsageError } from 'clipanion';
import leven from 'leven';
import type { CliContext } from '../context.ts';
import { equivalentCommand, equivalentOption } from './equivalent.ts';
import { shortened } from './printable.ts';
import { settingAsFlag } from './setting-as-flag.ts';

/**
 * Explains what is wrong with a command line, and suggests what was probably meant. clipanion itself would answer with a list
 * of usages.
 */
export function usageProblem(cli: Cli<CliContext>, argv: readonly string[], error: Error): string {
  if (error instanceof UsageError) return error.message;
  const definitions = cli.definitions();
  const commands = commandNames(definitions);
  const [first = ''] = argv;
  const equivalent = equivalentOf(cli, argv);
  if (first !== '' && !first.startsWith('-') && !commands.includes(first)) {
    const unknown = `unknown command "${shortened(first)}"`;
    return equivalent === undefined
      ? `${unknown}${nearestHint(first, commands)} ${FOLDER_HINT}`
      : `${unknown}; ${equivalent}`;
  }
  const definition = definitions.find((candidate) => commandName(candidate) === first) ?? definitions[0];
  if (definition === undefined) return NOT_UNDERSTOOD;
  const { problem, positionals } = inspect(
    definition,
    commands.includes(first) ? argv.slice(1) : argv,
    definitions,
  );
  if (problem !== undefined) return problem;
  const unexpected = positionalProblem(definition, positionals);
  return positionals.some((word) => /^s3:\/\//i.test(word)) && equivalent
    ? `${unexpected}; ${equivalent}`
    : unexpected;
}

/** Finds the command for what the words mean in another tool; undefined if that is unclear. */
export function equivalentOf(cli: Cli<CliContext>, argv: readonly string[]): string | undefined {
  const definitions = cli.definitions();
  const options = definitions.flatMap((definition) => definition.options);
  return equivalentCommand(argv, { ...knownOptions(options), commands: commandNames(definitions) });
}

/** The names of options that take a value, and of switches with their opposites. */
function knownOptions(options: Definition['options']): { valueOptions: string[]; switches: string[] } {
  const parsed = options.map(optionNames);
  const valueOptions = namesOf(parsed.filter(({ takesValue }) => takesValue));
  const switches = namesOf(parsed.filter(({ takesValue }) => !takesValue)).flatMap((name) =>
    name.startsWith('--') ? [name, name.replace(/^--/, '--no-')] : [name],
  );
  return { valueOptions, switches };
}

const NOT_UNDERSTOOD = 'the command line cannot be understood';
const FOLDER_HINT = '(a source folder is given with --source)';

function commandNames(definitions: readonly Definition[]): string[] {
  return ['run', ...definitions.map(commandName).filter((name) => name !== '')];
}

/** Name of a command; '' for the default command. */
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

/** The usage line of a command. clipanion shows a repeated positional without its name. */
export function usageOf({ usage }: Definition): string {
  return usage.replace(/ \.\.\.$/, ' [PATTERN ...]');
}

/** The positionals of a command: `<KEY>`, `<KEY|PATTERN>`, `<OLDER> <NEWER>`, `[FILE]`, `[PATTERN ...]` and the like; undefined if it takes none. */
export function positionalOf(definition: Definition): string | undefined {
  return /<[A-Z|]+>(?: <[A-Z|]+>)*|\[(?:FILE|DIR|SHELL|ACTION|PATTERN(?: \.\.\.)?)\]/.exec(
    usageOf(definition),
  )?.[0];
}

/** Finds the first wrong option, and the words that belong to no option. */
function inspect(
  definition: Definition,
  words: readonly string[],
  all: readonly Definition[],
): { problem?: string; positionals: readonly string[] } {
  const { valueOptions, switches } = knownOptions(definition.options);
  const known = [...valueOptions, ...switches, '--help', '--version'];
  const positionals: string[] = [];
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? '';
    if (word === '--') return { positionals: [...positionals, ...words.slice(index + 1)] };
    const [name = ''] = word.split('=');
    if (!word.startsWith('-') || word === '-') positionals.push(word);
    else if (valueOptions.includes(name)) {
      if (word.includes('=')) continue;
      index += 1;
      const value = words[index];
      if (value === undefined) return { problem: `option "${name}" needs a value`, positionals };
      if (/^-./.test(value)) return { problem: dashValueProblem(name, value), positionals };
    } else if (switches.includes(name)) {
      if (word.includes('=')) return { problem: noValueProblem(name), positionals };
    } else if (!isBatch(word, switches)) {
      return {
        problem: `unknown option "${shortened(name)}"${optionHint(name, known, definition, all)}`,
        positionals,
      };
    }
  }
  return { positionals };
}

function namesOf(options: readonly { readonly names: readonly string[] }[]): string[] {
  return options.flatMap(({ names }) => names);
}

/** Whether the word combines one-letter switches, as `-dv` does. */
function isBatch(word: string, switches: readonly string[]): boolean {
  return (
    /^-[^-]+$/.test(word) && Array.from(word.slice(1)).every((letter) => switches.includes(`-${letter}`))
  );
}

/** Names the commands that have an option which this one lacks; undefined if none has. */
function optionOfOthers(name: string, all: readonly Definition[]): string | undefined {
  const { switches } = knownOptions(all.flatMap(({ options }) => options));
  const plain = switches.includes(name) ? name.replace(/^--no-/, '--') : name;
  const owners = all.filter(({ options }) => namesOf(options.map(optionNames)).includes(plain));
  if (owners.length === 0) return undefined;
  return `it is an option of ${owners.map((owner) => `s3-backup ${commandName(owner)}`.trim()).join(', ')}`;
}

/** The problem of a value that begins with a dash and so looks like an option. */
function dashValueProblem(name: string, value: string): string {
  const needed = `option "${name}" needs a value before "${shortened(value)}"`;
  return name.startsWith('--')
    ? `${needed}; if that is the value, write ${name}=${shortened(value)}`
    : needed;
}

function noValueProblem(name: string): string {
  const opposite = name.startsWith('--') ? `; its opposite is --no-${name.slice(2)}` : '';
  return `option "${name}" takes no value${opposite}`;
}

function positionalProblem(definition: Definition, positionals: readonly string[]): string {
  const positional = positionalOf(definition);
  if (positional?.includes('...')) return NOT_UNDERSTOOD;
  const needed = positional?.match(/(?<=<)[A-Z|]+/g) ?? [];
  if (positionals.length < needed.length)
    return `${commandName(definition)} needs ${needed.slice(positionals.length).join(' and ')}`;
  const takes = needed.length || (positional === undefined ? 0 : 1);
  const extra = positionals[takes];
  if (extra === undefined) return NOT_UNDERSTOOD;
  const mayMeanSource =
    takes === 0 && definition.options.some((option) => optionNames(option).names.includes('--source'));
  return `unexpected word "${shortened(extra)}"${mayMeanSource ? ` ${FOLDER_HINT}` : ''}`;
}

function optionHint(
  name: string,
  known: readonly string[],
  definition: Definition,
  all: readonly Definition[],
): string {
  const others = optionOfOthers(name, all);
  const setting = settingAsFlag(name);
  // A backup uses every setting; the other commands use only some.
  const said =
    equivalentOption(name) ?? (commandName(definition) === '' ? (setting ?? others) : (others ?? setting));
  if (said !== undefined) return `; ${said}`;
  return nearestHint(
    name,
    known.filter((candidate) => candidate.startsWith('--')),
  );
}

function nearestHint(typed: string, candidates: readonly string[]): string {
  const [nearest] = candidates
    .map((candidate) => ({ candidate, distance: leven(shortened(typed), candidate) }))
    .filter(({ candidate, distance }) => distance <= Math.max(2, candidate.length / 3))
    .filter(({ candidate, distance }) => distance < candidate.length / 2 || typed[0] === candidate[0])
    .filter(({ candidate }) => !areOpposite(typed, candidate))
    .sort((a, b) => a.distance - b.distance);
  return nearest ? `; did you mean "${nearest.candidate}"?` : '';
}

const OPPOSITES = [
  ['max', 'min'],
  ['include', 'exclude'],
  ['larger', 'smaller'],
  ['older', 'newer'],
  ['after', 'before'],
] as const;

/** Whether two options mean the opposite of each other: `--max-age` and `--min-age`, `--overwrite` and `--no-overwrite`. */
function areOpposite(typed: string, candidate: string): boolean {
  const isNegated = (name: string) => /^--(?:no|without|skip|disable)/.test(name);
  if (isNegated(typed) !== isNegated(candidate)) return true;
  const differ = (one: string, other: string) => typed.includes(one) && candidate.includes(other);
  return OPPOSITES.some(([one, other]) => differ(one, other) || differ(other, one));
}
