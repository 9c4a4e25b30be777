import { type Cli, type Definition, UsageError } from 'clipanion';
import leven from 'leven';
import type { CliContext } from '../context.ts';
import { equivalentCommand, equivalentOption } from './equivalent.ts';
import { shortened } from './printable.ts';
import { settingAsFlag } from './setting-as-flag.ts';

/** What was wrong with the command line, and what was probably meant. clipanion's own answer is a list of usages. */
export function usageProblem(cli: Cli<CliContext>, argv: readonly string[], error: Error): string {
  if (error instanceof UsageError) return error.message;
  const definitions = cli.definitions();
  const commands = commandNames(definitions);
  const [first = ''] = argv;
  const equivalent = equivalentOf(cli, argv);
  if (first !== '' && !first.startsWith('-') && !commands.includes(first)) {
    const unknown = `unknown command "${shortened(first)}"`;
    return equivalent === undefined
      ? `${unknown}${meant(first, commands)} ${FOLDER_HINT}`
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

/** The command that does what the words mean in another tool. Undefined if that is not clear. */
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

/** clipanion shows words that repeat without their name. */
export function usageOf({ usage }: Definition): string {
  return usage.replace(/ \.\.\.$/, ' [PATTERN ...]');
}

/** The `[FILE]`, `[DIR]`, `[PATTERN]` or `[PATTERN ...]` that a command takes. */
export function positionalOf(definition: Definition): string | undefined {
  return /\[(?:FILE|DIR|PATTERN(?: \.\.\.)?)\]/.exec(usageOf(definition))?.[0];
}

/** The first option that is wrong, and the words that belong to no option. */
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
      if (/^-./.test(value)) return { problem: dashed(name, value), positionals };
    } else if (switches.includes(name)) {
      if (word.includes('=')) return { problem: noValue(name), positionals };
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

/** `-dv` */
function isBatch(word: string, switches: readonly string[]): boolean {
  return (
    /^-[^-]+$/.test(word) && Array.from(word.slice(1)).every((letter) => switches.includes(`-${letter}`))
  );
}

/** Says which commands have an option that this one has not. */
function optionOfOthers(name: string, all: readonly Definition[]): string | undefined {
  const { switches } = knownOptions(all.flatMap(({ options }) => options));
  const plain = switches.includes(name) ? name.replace(/^--no-/, '--') : name;
  const owners = all.filter(({ options }) => namesOf(options.map(optionNames)).includes(plain));
  if (owners.length === 0) return undefined;
  return `it is an option of ${owners.map((owner) => `s3-backup ${commandName(owner)}`.trim()).join(', ')}`;
}

/** A value that begins with a dash would be an option of its own. */
function dashed(name: string, value: string): string {
  const needed = `option "${name}" needs a value before "${shortened(value)}"`;
  return name.startsWith('--')
    ? `${needed}; if that is the value, write ${name}=${shortened(value)}`
    : needed;
}

function noValue(name: string): string {
  const opposite = name.startsWith('--') ? `; its opposite is --no-${name.slice(2)}` : '';
  return `option "${name}" takes no value${opposite}`;
}

function positionalProblem(definition: Definition, positionals: readonly string[]): string {
  const positional = positionalOf(definition);
  if (positional?.includes('...')) return NOT_UNDERSTOOD;
  const takes = positional === undefined ? 0 : 1;
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
  // A backup heeds every setting, the other commands only some.
  const said =
    equivalentOption(name) ?? (commandName(definition) === '' ? (setting ?? others) : (others ?? setting));
  if (said !== undefined) return `; ${said}`;
  return meant(
    name,
    known.filter((candidate) => candidate.startsWith('--')),
  );
}

function meant(typed: string, candidates: readonly string[]): string {
  const [nearest] = candidates
    .map((candidate) => ({ candidate, distance: leven(shortened(typed), candidate) }))
    .filter(({ candidate, distance }) => distance <= Math.max(2, candidate.length / 3))
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

/** `--max-age` and `--min-age`, `--overwrite` and `--no-overwrite`. */
function areOpposite(typed: string, candidate: string): boolean {
  const isNegated = (name: string) => /^--(?:no|without|skip|disable)/.test(name);
  if (isNegated(typed) !== isNegated(candidate)) return true;
  const differ = (one: string, other: string) => typed.includes(one) && candidate.includes(other);
  return OPPOSITES.some(([one, other]) => differ(one, other) || differ(other, one));
}
