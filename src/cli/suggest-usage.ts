import { type Cli, type Definition, UsageError } from 'clipanion';
import leven from 'leven';
import type { CliContext } from './context.ts';

/** What was wrong with the command line, and what was probably meant. clipanion's own answer is a list of usages. */
export function usageProblem(cli: Cli<CliContext>, argv: readonly string[], error: Error): string {
  if (error instanceof UsageError) return error.message;
  const definitions = cli.definitions();
  const commands = ['run', ...definitions.map(commandName).filter((name) => name !== '')];
  const [first = ''] = argv;
  if (first !== '' && !first.startsWith('-') && !commands.includes(first)) {
    return `unknown command "${first}"${meant(first, commands)} (a source folder is given with --source)`;
  }
  const definition = definitions.find((candidate) => commandName(candidate) === first) ?? definitions[0];
  return (definition && optionProblem(definition, argv)) ?? positionalProblem(argv, commands);
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

function optionProblem({ options }: Definition, argv: readonly string[]): string | undefined {
  const parsed = options.map(optionNames);
  const known = parsed.flatMap(({ names, takesValue }) =>
    takesValue ? names : [...names, ...names.map((name) => name.replace(/^--/, '--no-'))],
  );
  const takers = new Set(parsed.filter(({ takesValue }) => takesValue).flatMap(({ names }) => names));
  for (const [index, word] of argv.entries()) {
    const [name = ''] = word.split('=');
    if (!word.startsWith('-') || word === '-' || isValueOf(argv[index - 1], takers)) continue;
    if (!known.includes(name))
      return `unknown option "${name}"${meant(name, [...known, '--help', '--version'])}`;
    const missing = takers.has(name) && !word.includes('=') && argv[index + 1] === undefined;
    if (missing) return `option "${name}" needs a value`;
    if (!takers.has(name) && word.includes('='))
      return `option "${name}" takes no value; its opposite is --no-${name.slice(2)}`;
  }
  return undefined;
}

function isValueOf(previous: string | undefined, takers: ReadonlySet<string>): boolean {
  return previous !== undefined && takers.has(previous);
}

function positionalProblem(argv: readonly string[], commands: readonly string[]): string {
  const extra = argv.find((word) => !word.startsWith('-') && !commands.includes(word));
  return extra === undefined ? 'the command line cannot be understood' : `unexpected word "${extra}"`;
}

function meant(typed: string, candidates: readonly string[]): string {
  const [nearest] = candidates
    .map((candidate) => ({ candidate, distance: leven(typed, candidate) }))
    .filter(({ candidate, distance }) => distance <= Math.max(2, candidate.length / 3))
    .sort((a, b) => a.distance - b.distance);
  return nearest ? `; did you mean "${nearest.candidate}"?` : '';
}
