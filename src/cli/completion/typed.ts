import type { CommandClass, Definition } from 'clipanion';
import { cliOf, withPath } from '../cli-of.ts';
import type { CliContext } from '../context.ts';
import { type OptionText, optionsOf } from '../output/option-groups.ts';

/** The word at the cursor, and what the words before it make of it. */
export interface Typed {
  readonly word: string;
  /** Definition of the command; undefined while the command itself is typed. */
  readonly definition?: Definition | undefined;
  /** The options of the command. Before a command these are those of a run. */
  readonly options: readonly OptionText[];
  /** The option whose value is typed; undefined for another word. */
  readonly option?: OptionText | undefined;
  /** The part of the word that belongs to the value, which `--name=` may precede. */
  readonly value: string;
  /** Number of positionals before the word. */
  readonly positionals: number;
  /** Whether options may follow: there was no `--`. */
  readonly takesOptions: boolean;
  /** The options before the word that name the bucket and how it is reached, with their values. */
  readonly destination: readonly string[];
}

const OF_DESTINATION: ReadonlySet<string> = new Set([
  '--config',
  '--trust-config',
  '--bucket',
  '--prefix',
  '--endpoint-url',
  '--region',
  '--profile',
]);

/**
 * Finds out what the last word of an unfinished command line is.
 *
 * @returns undefined if the line names no command
 */
export function typed(
  words: readonly string[],
  commands: readonly CommandClass<CliContext>[],
): Typed | undefined {
  const before = words.slice(0, -1);
  const word = words.at(-1) ?? '';
  const [first = '-'] = before;
  const isNamed = !first.startsWith('-');
  const name = isNamed ? first : 'run';
  const command = commands.find(({ paths }) => paths?.some((path) => path.join(' ') === name));
  const [definition] = command ? cliOf([withPath(command, [name])]).definitions() : [];
  if (definition === undefined) return undefined;
  const options = optionsOf(definition);
  const scanned = scan(isNamed ? before.slice(1) : before, options);
  const bound = scanned.takesOptions ? /^(--[\w-]+)=(.*)$/s.exec(word) : null;
  const option = scanned.pending ?? (bound ? withValue(options, bound[1]) : undefined);
  return {
    ...scanned,
    word,
    definition: before.length === 0 ? undefined : definition,
    options,
    option,
    value: scanned.pending === undefined && option !== undefined ? (bound?.[2] ?? '') : word,
  };
}

function scan(words: readonly string[], options: readonly OptionText[]) {
  const destination: string[] = [];
  let pending: OptionText | undefined;
  let positionals = 0;
  let takesOptions = true;
  const note = (option: OptionText | undefined, ...given: string[]) => {
    if (option !== undefined && OF_DESTINATION.has(option.names[0] ?? '')) destination.push(...given);
  };
  for (const word of words) {
    if (pending !== undefined) {
      note(pending, `${pending.names[0]}=${word}`);
      pending = undefined;
    } else if (!takesOptions || !word.startsWith('-') || word === '-') positionals += 1;
    else if (word === '--') takesOptions = false;
    else {
      const [name] = word.split('=');
      pending = word.includes('=') ? undefined : withValue(options, word);
      if (pending === undefined)
        note(
          options.find(({ names }) => names.includes(name ?? '')),
          word,
        );
    }
  }
  return { destination, pending, positionals, takesOptions };
}

/** The option of this name, if it takes a value. */
function withValue(options: readonly OptionText[], name: string | undefined): OptionText | undefined {
  return options.find(({ names, value }) => value !== undefined && names.includes(name ?? ''));
}
