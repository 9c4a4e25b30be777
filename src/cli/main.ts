import { Cli, Command, type CommandClass } from 'clipanion';
import { BackupError, messageOf } from '../core/errors.ts';
import { EXIT_CODES } from '../core/exit-codes.ts';
import { VERSION } from '../core/version.ts';
import { CleanupCommand } from './commands/cleanup.ts';
import { DemoCommand } from './commands/demo.ts';
import { InitCommand } from './commands/init.ts';
import { LsCommand } from './commands/ls.ts';
import { RestoreCommand } from './commands/restore.ts';
import { RunCommand } from './commands/run.ts';
import { RunsCommand } from './commands/runs.ts';
import { StatusCommand } from './commands/status.ts';
import { VerifyCommand } from './commands/verify.ts';
import { ConfigError } from './config/index.ts';
import type { CliContext } from './context.ts';
import { helpText } from './output/help.ts';
import { hintOf } from './output/own-words.ts';
import { oneLine, printable, shortened } from './output/printable.ts';
import { commandName, equivalentOf, usageProblem } from './output/suggest-usage.ts';

export const COMMANDS = [
  RunCommand,
  RestoreCommand,
  StatusCommand,
  CleanupCommand,
  InitCommand,
  DemoCommand,
  LsCommand,
  VerifyCommand,
  RunsCommand,
] as const;

/**
 * The program: everything about the process comes in through `context`.
 *
 * @param given The words after the program's name.
 * @returns the exit code
 */
export async function main(given: readonly string[], context: CliContext): Promise<number> {
  const argv = withBoundValues(given);
  const words = argv.slice(0, argv.includes('--') ? argv.indexOf('--') : undefined);
  if (words.includes('--help') || words.includes('-h') || words[0] === 'help') {
    context.stdout.write(helpText(cliOf(COMMANDS), words));
    return EXIT_CODES.ok;
  }
  if (words.includes('--version')) {
    context.stdout.write(`${VERSION}\n`);
    return EXIT_CODES.ok;
  }
  const command = firstCommand(argv, context) ?? anyCommand(argv, context);
  if (command === undefined || isAddressTaken(command, argv, context)) return EXIT_CODES.fatal;
  try {
    return (await command.execute()) ?? EXIT_CODES.ok;
  } catch (error) {
    context.stderr.write(errorText(error));
    return EXIT_CODES.fatal;
  }
}

/** clipanion reads `--name=value` only if the name has no digit; `--md5sums=FILE` becomes two words. */
function withBoundValues(argv: readonly string[]): string[] {
  const end = argv.includes('--') ? argv.indexOf('--') : argv.length;
  return argv.flatMap((word, index) => {
    const [, name, value] = /^(--[a-z-]*\d[\w-]*)=(.*)$/s.exec(word) ?? [];
    return index < end && name !== undefined && value !== undefined ? [name, value] : [word];
  });
}

function cliOf(commands: readonly CommandClass<CliContext>[]): Cli<CliContext> {
  const cli = new Cli<CliContext>({ binaryName: 's3-backup', binaryVersion: VERSION, enableColors: false });
  for (const command of commands) cli.register(command);
  return cli;
}

/**
 * To learn all commands takes 40 ms of CPU, one with two paths 33, one with one path 13, and mostly the first word tells
 * which it is. Undefined where it does not, or where something is wrong.
 */
function firstCommand(argv: readonly string[], context: CliContext): Command<CliContext> | undefined {
  const [first = '-'] = argv;
  const path = first.startsWith('-') ? Command.Default : [first];
  const command = COMMANDS.find(({ paths }) => paths.some((each) => each.join() === path.join()));
  if (command === undefined) return undefined;
  try {
    return cliOf([withPath(command, path)]).process([...argv], context);
  } catch {
    return undefined;
  }
}

function withPath(command: CommandClass<CliContext>, path: string[]): CommandClass<CliContext> {
  // Which of them it is makes no difference to the compiler, but that it can be made.
  return class extends (command as typeof RunCommand) {
    static override paths = [path];
  };
}

/** Says what is wrong where nothing fits. */
function anyCommand(argv: readonly string[], context: CliContext): Command<CliContext> | undefined {
  const cli = cliOf(COMMANDS);
  try {
    return cli.process([...argv], context);
  } catch (error) {
    const problem = usageProblem(cli, argv, error as Error);
    context.stderr.write(`s3-backup: ${oneLine(problem)}\nSee: s3-backup ${named(cli, argv)}--help\n`);
    return undefined;
  }
}

/** Says what `ls s3://bucket/prefix` is here, where it would be a pattern that matches nothing. */
function isAddressTaken(command: Command<CliContext>, argv: readonly string[], context: CliContext): boolean {
  const { pattern, patterns } = command as {
    readonly pattern?: string;
    readonly patterns?: readonly string[];
  };
  const remote = (patterns ?? [pattern]).find((word) => word !== undefined && /^s3:\/\//i.test(word));
  if (remote === undefined) return false;
  const equivalent = equivalentOf(cliOf(COMMANDS), argv) ?? 'give --bucket and --prefix';
  context.stderr.write(`s3-backup: ${oneLine(`"${shortened(remote)}" is no pattern; ${equivalent}`)}\n`);
  return true;
}

/** `ls `, where help can be asked for that command. */
function named(cli: Cli<CliContext>, [first = '']: readonly string[]): string {
  return first !== '' && cli.definitions().some((each) => commandName(each) === first) ? `${first} ` : '';
}

function errorText(error: unknown): string {
  if (error instanceof BackupError) {
    const hint = hintOf(error);
    const advice = hint ? `  ${oneLine(hint)}\n` : '';
    return `s3-backup: ${oneLine(error.message)} [${error.code}]\n${advice}`;
  }
  if (error instanceof ConfigError)
    return error.problems.map((problem) => `s3-backup: ${oneLine(problem)} [${error.code}]\n`).join('');
  const lines = ((error as Error).stack ?? messageOf(error)).split('\n');
  return `s3-backup: internal error: ${lines.map(printable).join('\n')}\n`;
}
