import type { CommandClass } from 'clipanion';
import type { CliContext } from '../context.ts';
import { positionalOf } from '../output/suggest-usage.ts';
import type { Candidate } from './candidate.ts';
import { fixedValues, optionValues } from './fixed-values.ts';
import { literalOf, patternOf } from './key-pattern.ts';
import { type Typed, typed } from './typed.ts';

/** What may stand at the cursor. */
export interface Completion {
  readonly candidates: readonly Candidate[];
  /** Which names of local files may stand there as well. The shell completes them itself. */
  readonly local: 'none' | 'files' | 'folders';
}

/** What the answer depends on beside the words. */
export interface Surroundings {
  readonly commands: readonly CommandClass<CliContext>[];
  readonly context: CliContext;
  /** Signal whose abort ends requests. */
  readonly signal: AbortSignal;
}

/**
 * Finds what may stand at the cursor. Only a value that the bucket knows costs requests.
 *
 * @param words The words behind the program's name. The last one is the word at the cursor.
 * @throws BackupError, ConfigError, StoreError if the bucket had to be asked
 */
export async function completionOf(words: readonly string[], around: Surroundings): Promise<Completion> {
  if (words.length === 2 && words[0] === 'help') return only(commandNames(around.commands), words[1] ?? '');
  const line = typed(words, around.commands);
  if (line === undefined) return only([], '');
  const { word, value, option, definition } = line;
  if (option !== undefined) {
    const { candidates, local } = await ofOption(line, around);
    const head = word.slice(0, word.length - value.length);
    return {
      local,
      candidates: starting(candidates, value).map((each) => ({ ...each, value: head + each.value })),
    };
  }
  if (line.takesOptions && word.startsWith('-')) return only(optionNames(line), word);
  if (definition === undefined) return only(commandNames(around.commands), word);
  return ofPositional(line, around);
}

function only(candidates: readonly Candidate[], beginning: string): Completion {
  return { candidates: starting(candidates, beginning), local: 'none' };
}

function starting(candidates: readonly Candidate[], beginning: string): readonly Candidate[] {
  return candidates.filter(({ value }) => value.startsWith(beginning));
}

function commandNames(commands: Surroundings['commands']): Candidate[] {
  const named = commands.map(({ paths = [], usage }) => ({
    value: paths.map((path) => path.join(' ')).find((path) => path !== '') ?? '',
    about: usage?.description,
  }));
  return [...named, { value: 'help', about: 'Print the help of a command' }];
}

/** The long names; the opposites of switches only if they are asked for, since most switches are off anyway. */
function optionNames({ word, options }: Typed): Candidate[] {
  const isNegated = word.startsWith('--no-');
  return options.flatMap(({ names: [name = ''], value, about }) => {
    if (!isNegated) return [{ value: name, about }];
    return value === undefined && !['--help', '--version'].includes(name)
      ? [{ value: name.replace(/^--/, '--no-'), about: `not: ${about}` }]
      : [];
  });
}

async function ofOption({ option, value, destination }: Typed, around: Surroundings): Promise<Completion> {
  const candidates = option ? await optionValues(option, around.context.env) : [];
  if (option?.names.includes('--run')) {
    const runs = value === 'latest' ? [] : await runsIn(destination, around);
    return { candidates: [...candidates, ...runs], local: 'none' };
  }
  const local = { FILE: 'files', WHAT: 'files', DIR: 'folders' }[option?.value ?? ''] as Completion['local'];
  return { candidates, local: local ?? 'none' };
}

/** The runs in the bucket; none if it cannot be asked: what is known without it is offered all the same. */
async function runsIn(words: Typed['destination'], around: Surroundings): Promise<readonly Candidate[]> {
  const { storedRuns } = await import('./live-values.ts');
  return storedRuns({ words, ...around }).catch(() => []);
}

async function ofPositional(line: Typed, around: Surroundings): Promise<Completion> {
  const positional = line.definition ? positionalOf(line.definition) : undefined;
  if (positional?.includes('OLDER') && line.positionals < 2)
    return only([{ value: 'latest' }, ...(await runsIn(line.destination, around))], line.word);
  if (positional === undefined || (line.positionals > 0 && !positional.includes('...'))) return only([], '');
  if (positional.includes('PATTERN')) return { candidates: await patterns(line, around), local: 'none' };
  if (positional.includes('FILE')) return { candidates: [], local: 'files' };
  if (positional.includes('DIR')) return { candidates: [], local: 'folders' };
  return only(fixedValues(positional), line.word);
}

/** Makes a pattern for each path below the prefix: of a file, or of a folder and all that is below it. */
async function patterns(
  { word, takesOptions, destination }: Typed,
  around: Surroundings,
): Promise<Candidate[]> {
  const beginning = literalOf(word);
  if (beginning === undefined) return [];
  const { storedPaths } = await import('./live-values.ts');
  const paths = await storedPaths({ words: destination, ...around }, beginning.path);
  return paths
    .map((path) => ({ value: beginning.slash + patternOf(path, beginning.slash) }))
    .filter(({ value }) => !takesOptions || !value.startsWith('-'));
}
