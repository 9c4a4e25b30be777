import type { Cli, Definition } from 'clipanion';
import { EXIT_CODES } from '../../core/exit-codes.ts';
import type { CliContext } from '../context.ts';
import { firstColumn, table, wrap } from './layout.ts';
import { type OptionText, optionGroups } from './option-groups.ts';
import { commandName, positionalOf, usageOf } from './suggest-usage.ts';

export const SUMMARY =
  'Copies or moves local files to S3. A local file is deleted only after S3 has proved that it holds it.';

export const USAGES = [
  's3-backup [run] [options]',
  's3-backup <command> [options]',
  's3-backup <command> --help',
] as const;

export const EXIT_CODE_HELP: readonly (readonly [string, string])[] = [
  [String(EXIT_CODES.ok), 'all went well, or there was nothing to do'],
  [String(EXIT_CODES.fatal), 'bad usage, configuration, credentials or bucket; or the store was lost'],
  [String(EXIT_CODES.partial), 'a file could not be uploaded, proved, restored, or deleted as asked'],
  [String(EXIT_CODES.temporary), 'try again: only with report.exit_codes: temporary, or --plan'],
  [String(EXIT_CODES.interrupted), 'stopped by SIGINT (Ctrl-C)'],
  [String(EXIT_CODES.terminated), 'stopped by SIGTERM'],
];

export const EXAMPLES: readonly (readonly [command: string, about: string])[] = [
  ['s3-backup demo', 'try it without an account'],
  ['s3-backup init --wizard', 'set it up: each answer is tried at once'],
  ['s3-backup --source ./data --bucket my-backups --dry-run', 'only say what a copy would do'],
  ['s3-backup --source ./data --bucket my-backups --delete-after-upload', 'move'],
  ["s3-backup restore 'invoices/2025/*.pdf' --to ./back", 'bring files back'],
  ["find . -name '*.pdf' -print0 | s3-backup --source . --files-from - --null", 'back up a list'],
];

export const CONFIGURATION =
  'Configuration: .backuprc (see `s3-backup init`), --config, .env, environment, flags; later sources win.';

/**
 * Makes the help of one command if the words name one, else the help of the program.
 *
 * @param columns Width of the help, in characters.
 */
export function helpText(cli: Cli<CliContext>, words: readonly string[], columns: number): string {
  const definitions = cli.definitions();
  const [about] = words.filter((word) => !['--help', '-h', 'help'].includes(word));
  const named = definitions.find(
    (definition) => commandName(definition) !== '' && commandName(definition) === about,
  );
  if (named)
    return `${usageOf(named)}\n\n${wrap(describe(named), columns)}\n\n${optionTables(named, columns)}`;
  const run = definitions.find((definition) => commandName(definition) === '') ?? definitions[0];
  return [
    `${wrap(SUMMARY, columns)}\n`,
    `Usage: ${USAGES.join('\n       ')}\n`,
    `Commands:\n${table(commandRows(definitions), columns)}`,
    run ? optionTables(run, columns, { Options: 'Options of run' }) : '',
    `Exit codes:\n${table(EXIT_CODE_HELP, columns)}`,
    `Examples:\n${EXAMPLES.map((example) => exampleText(example, columns)).join('')}`,
    `${wrap(CONFIGURATION, columns)}\n`,
  ].join('\n');
}

/** The name, with its positional, and the description of each command; `run` comes first. */
export function commandRows(definitions: readonly Definition[]): (readonly [string, string])[] {
  const run = definitions.find((definition) => commandName(definition) === '') ?? definitions[0];
  const others = definitions.filter((definition) => !['', 'run'].includes(commandName(definition)));
  return [
    ['run', `${run ? describe(run) : ''} (the default)`],
    ...others.map((definition): [string, string] => [
      `${commandName(definition)} ${positionalOf(definition) ?? ''}`.trim(),
      describe(definition),
    ]),
  ];
}

/** What a command does. */
export function describe({ description = '' }: Definition): string {
  return description.trim();
}

function optionTables(
  definition: Definition,
  columns: number,
  titles: Readonly<Record<string, string>> = {},
): string {
  const row = ({ label, about }: OptionText): [string, string] => [label, about];
  const groups = optionGroups(definition).map(({ title, options }) => ({ title, rows: options.map(row) }));
  const width = firstColumn(groups.flatMap(({ rows }) => rows));
  return groups
    .map(({ title, rows }) => `${titles[title] ?? title}:\n${table(rows, columns, width)}`)
    .join('\n');
}

/** An example with its comment behind it, if the terminal is wide enough; else in lines that the shell reads as one. */
function exampleText([command, about]: readonly [string, string], columns: number): string {
  const commented = `  ${command.padEnd(34)}  # ${about}`;
  if (commented.length <= columns) return `${commented}\n`;
  return `  ${wrap(command, columns - ' \\'.length, 4).replaceAll('\n', ' \\\n')}\n`;
}
