/** What the progress bar of a terminal shows: on its tab, its window or the task bar. */
export interface BarState {
  /** Share that is done, 0 to 1; undefined if it is not known. */
  readonly share: number | undefined;
  /** Whether something has failed. */
  readonly hasFailed: boolean;
  /** Whether the work waits. */
  readonly isPaused: boolean;
}

/** States of OSC 9;4 (https://conemu.github.io/en/AnsiEscapeCodes.html#ConEmu_specific_OSC). */
const STATES = { none: 0, normal: 1, error: 2, unknown: 3, paused: 4 } as const;

/** A bar that is not drawn again disappears: in Ghostty after 15 s. Milliseconds. */
const AGAIN_MS = 5_000;

/** Draws the progress bar of a terminal, and only if it changes or could disappear. */
export class TerminalBar {
  readonly #write: (text: string) => void;
  #drawn = '';
  #drawnAt = Number.NEGATIVE_INFINITY;

  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  draw(state: BarState): void {
    const sequence = sequenceOf(state);
    const now = performance.now();
    if (sequence === this.#drawn && now < this.#drawnAt + AGAIN_MS) return;
    this.#write(sequence);
    this.#drawn = sequence;
    this.#drawnAt = now;
  }

  clear(): void {
    if (this.#drawn !== '') this.#write(command(STATES.none, 0));
    this.#drawn = '';
  }
}

function sequenceOf({ share, hasFailed, isPaused }: BarState): string {
  const percent = Math.floor((share ?? 0) * 100);
  if (isPaused) return command(STATES.paused, percent);
  if (share === undefined) return command(STATES.unknown, 0);
  return command(hasFailed ? STATES.error : STATES.normal, percent);
}

function command(state: number, percent: number): string {
  return `\u001b]9;4;${state};${percent}\u001b\\`;
}

/**
 * Whether a terminal is known to show a progress bar, by the variables that cargo and others ask. In others the same sequence
 * may be a notification: in iTerm2 before 3.6.6, for example.
 */
export function showsBar(env: NodeJS.ProcessEnv): boolean {
  const { TERM = '', TERM_PROGRAM: program, TERM_PROGRAM_VERSION: version = '' } = env;
  if ((env.WT_SESSION ?? '') !== '' || env.ConEmuANSI === 'ON') return true;
  if (program === 'iTerm.app') return isAtLeast(version, [3, 6, 6]);
  return program === 'WezTerm' || program === 'ghostty' || TERM.includes('ghostty');
}

function isAtLeast(version: string, least: readonly number[]): boolean {
  const numbers = version.split('.').map((part) => Number.parseInt(part, 10) || 0);
  for (const [index, wanted] of least.entries()) {
    const number = numbers[index] ?? 0;
    if (number !== wanted) return number > wanted;
  }
  return true;
}
