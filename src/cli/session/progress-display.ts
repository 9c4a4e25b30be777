import type { LoadedConfig } from '../config/index.ts';
import type { CliContext } from '../context.ts';
import type { ProgressWords, progressLine } from '../output/progress-line.ts';
import {
  type MeterOptions,
  newProgress,
  ProgressMeter,
  type ShownProgress,
} from '../output/progress-meter.ts';
import type { Screen } from '../output/screen.ts';

/** Interval in which the counters are sampled for the rates, in milliseconds. */
const SAMPLE_MS = 1_000;
/** Greatest width of a line that is not drawn again: in a pipe, or for SIGUSR1. */
const LINE_COLUMNS = 200;

export interface DisplayOptions {
  readonly context: CliContext;
  readonly screen: Screen;
  readonly config: LoadedConfig;
  readonly secrets: readonly string[];
  readonly words: ProgressWords;
  /** Whether nothing is shown but what SIGUSR1 asks for. */
  readonly isHidden: boolean;
  /** Whether files are counted even if nothing is shown. Default false. */
  readonly counts?: boolean;
  /** Default: the run sends or receives bytes. */
  readonly moves?: MeterOptions['moves'];
}

/** The display of one command's progress. */
export interface ProgressDisplay {
  /** The counters that the command increases. */
  readonly progress: ShownProgress;
  /** Ends the display and leaves nothing of it behind. */
  end(): void;
}

/**
 * Shows the progress of a command: as the last line of a terminal, as a line every so often if `logging.stats` says so, and as a
 * line whenever SIGUSR1 or SIGINFO asks for it.
 */
export function displayProgress(options: DisplayOptions): ProgressDisplay {
  const { context, screen, config, secrets, words, isHidden, counts = false } = options;
  const { moves = 'transferredBytes' } = options;
  const stats = isHidden ? 0 : config.settings.logging.stats;
  const isShown = !isHidden && (screen.isTerminal || stats > 0);
  const progress = newProgress(isShown || counts);
  const meter = new ProgressMeter(progress, { moves });
  let format: typeof progressLine | undefined;
  // The widths of characters take 24 ms to load: nobody waits for them, and they are loaded only if a line is shown.
  const load = async () => {
    format ??= (await import('../output/progress-line.ts')).progressLine;
  };
  if (isShown) void load();
  const line = (columns: number) => format?.(meter.view(), words, columns, secrets) ?? '';
  const print = async () => {
    await load();
    screen.write(`[${timeOfDay()}] ${line(LINE_COLUMNS)}\n`);
  };
  const timers = [setInterval(() => meter.sample(), SAMPLE_MS).unref()];
  if (stats > 0) timers.push(setInterval(() => void print(), stats * 1000).unref());
  const release = context.onInfoRequest(() => void print());
  const bar = () => {
    const { share, failed, isAway } = meter.view();
    return { share, hasFailed: failed > 0, isPaused: isAway };
  };
  if (!isHidden) screen.showProgress({ line, bar });
  return {
    progress,
    end: () => {
      for (const timer of timers) clearInterval(timer);
      release();
      screen.hideProgress();
    },
  };
}

/** The local time as the lines of the log have it. */
function timeOfDay(): string {
  const now = new Date();
  return [now.getHours(), now.getMinutes(), now.getSeconds()]
    .map((number) => String(number).padStart(2, '0'))
    .join(':');
}
