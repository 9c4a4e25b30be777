import type { Cli, Definition } from 'clipanion';
import { EXIT_CODES } from '../../core/exit-codes.ts';
import { settings } from '../config/schema/setting-keys.ts';
import type { CliContext } from '../context.ts';
import { commandName, optionNames, positionalOf, usageOf } from './suggest-usage.ts';

/** Width of the help, in characters: the narrowest usual terminal. */
const COLUMNS = 80;

const EXIT_CODE_HELP = `Exit codes:
  ${EXIT_CODES.ok}    all went well, or there was nothing to do
  ${EXIT_CODES.fatal}    bad usage, configuration, credentials or bucket; or the store was lost
  ${EXIT_CODES.partial}    a file could not be uploaded, proved, restored, or deleted as asked
  ${EXIT_CODES.interrupted}  stopped by SIGINT (Ctrl-C)
  ${EXIT_CODES.terminated}  stopped by SIGTERM
`;

const EXAMPLES = `Examples:
  s3-backup demo                                    try it without an account
  s3-backup init && s3-backup status                set it up and check it
  s3-backup --source ./data --bucket my-backups --dry-run
  s3-backup --source ./data --bucket my-backups --delete-after-upload
  s3-backup restore 'invoices/2025/*.pdf' --to ./back
  find . -name '*.pdf' -print0 | s3-backup --source . --files-from - --null
`;

/** Placeholders for the values of options that are not settings. */
const PLACEHOLDERS: Readonly<Record<string, string>> = {
  '--config': 'FILE',
  '--older-than': 'DURATION',
  '--files-from': 'FILE',
  '--against': 'WHAT',
  '--run': 'ID',
  '--sample': 'SHARE',
  '--seed': 'TEXT',
  '--to': 'DIR',
  '--version-at': 'TIME',
  '--archive-days': 'N',
  '--archive-tier': 'TIER',
};

/** Makes the help of one command if the words name one, else the help of the program. */
export function helpText(cli: Cli<CliContext>, words: readonly string[]): string {
  const definitions = cli.definitions();
  const [about] = words.filter((word) => !['--help', '-h', 'help'].includes(word));
  const named = definitions.find(
    (definition) => commandName(definition) !== '' && commandName(definition) === about,
  );
  if (named) {
    const options = optionLines(named);
    return `${usageOf(named)}\n\n${wrap(describe(named))}\n${options && `\nOptions:\n${options}`}`;
  }
  const commands = definitions.filter((definition) => commandName(definition) !== '');
  const run = definitions.find((definition) => commandName(definition) === '') ?? definitions[0];
  return [
    `${wrap('Copies or moves local files to S3. A local file is deleted only after S3 has proved that it holds it.')}\n`,
    'Usage: s3-backup [run] [options]\n       s3-backup <command> [options]\n       s3-backup <command> --help\n',
    `Commands:\n${table([['run', `${run ? describe(run) : ''} (the default)`], ...commands.filter((c) => commandName(c) !== 'run').map(commandRow)])}`,
    `Options of run:\n${run ? optionLines(run) : ''}`,
    EXIT_CODE_HELP,
    EXAMPLES,
    `${wrap('Configuration: .backuprc (see `s3-backup init`), --config, .env, environment, flags; later sources win.')}\n`,
  ].join('\n');
}

function commandRow(definition: Definition): [string, string] {
  return [`${commandName(definition)} ${positionalOf(definition) ?? ''}`.trim(), describe(definition)];
}

function describe({ description = '' }: Definition): string {
  return description.trim();
}

function optionLines({ options }: Definition): string {
  return table(options.map((option) => [optionLabel(option), option.description ?? '']));
}

/** `-c, --config FILE` */
function optionLabel(option: Definition['options'][number]): string {
  const { names, takesValue } = optionNames(option);
  const [long = '', short] = names;
  const label = short ? `${short}, ${long}` : `    ${long}`;
  return takesValue ? `${label} ${placeholderOf(long)}` : label;
}

function placeholderOf(option: string): string {
  const flags = [...settings.values()].map(({ info }) => info.flag);
  return flags.find((flag) => flag?.name === option)?.value ?? PLACEHOLDERS[option] ?? 'VALUE';
}

function table(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${wrap(right, width + 4)}\n`).join('');
}

/** Wraps a text between words, so that it fits beside a margin. Each line after the first is indented by the margin. */
function wrap(text: string, margin = 0): string {
  const lines = [''];
  for (const word of text.split(' ')) {
    const longer = `${lines.at(-1)} ${word}`.trimStart();
    if (longer.length <= COLUMNS - margin) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines.join(`\n${' '.repeat(margin)}`);
}
