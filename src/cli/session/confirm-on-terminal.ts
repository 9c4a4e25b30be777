import type { MovePlan } from '../../backup/move-plan.ts';
import type { BackupOptions } from '../../backup/options.ts';
import { BackupError } from '../../core/errors.ts';
import { untilAborted } from '../../core/until-aborted.ts';
import type { LoadedConfig } from '../config/index.ts';
import type { CliContext } from '../context.ts';
import { confirmQuestion } from '../output/confirm-question.ts';
import { isTerminal, type Screen } from '../output/screen.ts';

/** How long an answer is waited for, in milliseconds. The run holds its locks meanwhile, and others wait for them. */
const ANSWER_MS = 15 * 60_000;

/** The flags that decide whether a move asks. */
export interface ConfirmFlags {
  readonly interactive: boolean;
  readonly yes: boolean;
  readonly quiet: boolean;
  readonly filesFrom?: string | undefined;
}

/**
 * Decides when a run asks before it deletes anything: never without a terminal, whatever the setting says.
 *
 * @returns undefined if it never asks
 * @throws BackupError `BAD_OPTION` if `--interactive` was given, and there is nobody to ask
 */
export function whenToAsk(
  context: CliContext,
  { settings }: LoadedConfig,
  flags: ConfirmFlags,
): BackupOptions['confirmWhen'] {
  const { interactive, yes, quiet, filesFrom } = flags;
  if (interactive && yes)
    throw new BackupError('BAD_OPTION', '--interactive asks and --yes does not; use one of them.');
  const obstacle = whyNotAsked(context, filesFrom);
  if (interactive && obstacle !== undefined)
    throw new BackupError('BAD_OPTION', `--interactive asks on the terminal, but ${obstacle}.`, {
      hint: 'Use --yes where nobody can answer.',
    });
  if (interactive) return 'always';
  const { confirm } = settings.safety;
  return yes || quiet || obstacle !== undefined || confirm === 'never' ? undefined : confirm;
}

/** Whether a run may ask before it deletes anything. */
export function mayAsk(context: CliContext, config: LoadedConfig, flags: ConfirmFlags): boolean {
  if (!config.settings.backup.delete_after_upload) return false;
  try {
    return whenToAsk(context, config, flags) !== undefined;
  } catch {
    // Flags that contradict each other: the run says so.
    return false;
  }
}

/** Why nobody can be asked, as the end of a sentence; undefined if somebody can. */
function whyNotAsked(
  { stdin, stderr, isForeground }: CliContext,
  filesFrom: string | undefined,
): string | undefined {
  if (filesFrom === '-') return 'stdin is the list of files';
  if (!isTerminal(stdin)) return 'stdin is not one';
  if (!isTerminal(stderr)) return 'stderr is not one';
  return isForeground() ? undefined : 'the program runs in the background';
}

/**
 * Makes the function that asks on the terminal. Everything but `y` and `yes` is a no, also the end of the input. No answer for a
 * quarter of an hour is one, too.
 */
export function askOnTerminal(
  { stdin }: CliContext,
  screen: Screen,
  answerMs: number = ANSWER_MS,
): (plan: MovePlan) => Promise<boolean> {
  return async (plan) => {
    const signal = AbortSignal.any([plan.signal, AbortSignal.timeout(answerMs)]);
    const line = await screen.ask(confirmQuestion(plan), () => lineFrom(stdin, signal));
    return /^\s*y(es)?\s*$/i.test(line ?? '');
  };
}

/** Reads one line; undefined if the input ends, or the signal aborts, before it does. */
async function lineFrom(input: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<string | undefined> {
  let text = '';
  for await (const chunk of untilAborted(input, signal)) {
    text += Buffer.from(chunk).toString();
    const end = text.indexOf('\n');
    if (end >= 0) return text.slice(0, end);
  }
  return undefined;
}
