/** The room `cli` is the command line: `commands/` declare flags and call the `actions/` of the same name. */
import { type Cli, Command } from 'clipanion';
import { BackupError, fatalOf, messageOf } from '../core/errors.ts';
import { EXIT_CODES, exitCodeOfError } from '../core/exit-codes.ts';
import { VERSION } from '../core/version.ts';
import { cliOf, withPath } from './cli-of.ts';
import { CatCommand } from './commands/cat.ts';
import { CleanupCommand } from './commands/cleanup.ts';
import { CompletionCommand } from './commands/completion.ts';
import { ConfigCommand } from './commands/config-command.ts';
import { DemoCommand } from './commands/demo.ts';
import { DiffCommand } from './commands/diff.ts';
import { FinishCommand } from './commands/finish.ts';
import { InitCommand } from './commands/init.ts';
import { LsCommand } from './commands/ls.ts';
import { PlanCommand } from './commands/plan.ts';
import { PutCommand } from './commands/put.ts';
import { ReportCommand } from './commands/report.ts';
import { RestoreCommand } from './commands/restore.ts';
import { RunCommand } from './commands/run.ts';
import { RunsCommand } from './commands/runs.ts';
import { ScheduleCommand } from './commands/schedule.ts';
import { StatusCommand } from './commands/status.ts';
import { VerifyCommand } from './commands/verify.ts';
import { ConfigError } from './config/config-error.ts';
import type { CliContext } from './context.ts';
import { helpText } from './output/help.ts';
import { columnsOf, wrapLines } from './output/layout.ts';
import { hintOf } from './output/own-words.ts';
import { oneLine, printable, shortened } from './output/printable.ts';
import { commandName, equivalentOf, usageProblem } from './output/suggest-usage.ts';

export { keepHeapSmall } from '../core/keep-heap-small.ts';

export const COMMANDS = [
  RunCommand,
  PutCommand,
  RestoreCommand,
  CatCommand,
  StatusCommand,
  CleanupCommand,
  InitCommand,
  DemoCommand,
  LsCommand,
  VerifyCommand,
  RunsCommand,
  DiffCommand,
  ReportCommand,
  ScheduleCommand,
  PlanCommand,
  FinishCommand,
  CompletionCommand,
] as const;

/**
 * Runs the program. It reaches its process only through `context`.
 *
 * @param given The words after the program's name.
 * @returns the exit code
 */
export async function main(given: readonly string[], context: CliContext): Promise<number> {
  const argv = withBoundValues(given);
  const words = argv.slice(0, argv.includes('--') ? argv.indexOf('--') : undefined);
  if (words.includes('--help') || words.includes('-h') || words[0] === 'help') {
    context.stdout.write(helpText(cliOf(COMMANDS), words, columnsOf(context.stdout)));
    return EXIT_CODES.ok;
  }
  if (words.includes('--version')) {
    context.stdout.write(`${VERSION}\n`);
    return EXIT_CODES.ok;
  }
  if (words[0] === 'completion' && words.length < argv.length) {
    const { answerShell } = await import('./completion/answer-shell.ts');
    return answerShell(words[1] ?? '', argv.slice(words.length + 1), COMMANDS, context);
  }
  const command = firstCommand(argv, context) ?? matchingCommand(argv, context);
  if (command === undefined || refusesAddress(command, argv, context)) return EXIT_CODES.fatal;
  try {
    return (await command.execute()) ?? EXIT_CODES.ok;
  } catch (error) {
    context.stderr.write(wrapLines(errorText(error), context.stderr));
    return exitCodeOfError(fatalOf(error), command instanceof ConfigCommand ? command.exitCodes : 'plain');
  }
}

/** Splits `--md5sums=FILE` into two words: clipanion reads `--name=value` only if the name has no digit. */
function withBoundValues(argv: readonly string[]): string[] {
  const end = argv.includes('--') ? argv.indexOf('--') : argv.length;
  return argv.flatMap((word, index) => {
    const [, name, value] = /^(--[a-z-]*\d[\w-]*)=(.*)$/s.exec(word) ?? [];
    return index < end && name !== undefined && value !== undefined ? [name, value] : [word];
  });
}

/**
 * Finds the command by the first word, and registers only that one: registering all takes 40 ms of CPU, one with two paths 33,
 * one with one path 13. Undefined if the first word names no command, or if the command line has an error.
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

/** Finds the command among all of them. If the command line fits none, writes what is wrong to stderr and returns undefined. */
function matchingCommand(argv: readonly string[], context: CliContext): Command<CliContext> | undefined {
  const cli = cliOf(COMMANDS);
  try {
    return cli.process([...argv], context);
  } catch (error) {
    const problem = usageProblem(cli, argv, error as Error);
    const text = `s3-backup: ${oneLine(problem)}\nSee: s3-backup ${helpTopic(cli, argv)}--help\n`;
    context.stderr.write(wrapLines(text, context.stderr));
    return undefined;
  }
}

/** Refuses `ls s3://bucket/prefix` and names the equivalent command: as a pattern, an address matches nothing, and no run has such a name. */
function refusesAddress(command: Command<CliContext>, argv: readonly string[], context: CliContext): boolean {
  const { pattern, patterns, older, newer } = command as {
    readonly pattern?: string;
    readonly patterns?: readonly string[];
    readonly older?: string;
    readonly newer?: string;
  };
  const words = patterns ?? [pattern, older, newer];
  const remote = words.find((word) => word !== undefined && /^s3:\/\//i.test(word));
  if (remote === undefined) return false;
  const equivalent = equivalentOf(cliOf(COMMANDS), argv) ?? 'give --bucket and --prefix';
  const wanted = older === undefined ? 'pattern' : 'run';
  const text = `s3-backup: ${oneLine(`"${shortened(remote)}" is not a ${wanted}; ${equivalent}`)}\n`;
  context.stderr.write(wrapLines(text, context.stderr));
  return true;
}

/** The name of the command with a space behind it, for the advice to ask for its help; '' if the first word is no command. */
function helpTopic(cli: Cli<CliContext>, [first = '']: readonly string[]): string {
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
