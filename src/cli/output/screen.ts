import type { Readable, Writable } from 'node:stream';
import type { CliContext } from '../context.ts';
import { StatusLine } from './status-line.ts';
import { type BarState, showsBar, TerminalBar } from './terminal-bar.ts';

/** Interval at which the progress line is drawn, in milliseconds. */
const REDRAW_MS = 200;
/** Width of a terminal that does not tell it. */
const USUAL_COLUMNS = 80;

/** What a screen shows while a command works. */
export interface Shown {
  /** Formats the progress line. @param columns Its greatest width. */
  readonly line: (columns: number) => string;
  readonly bar?: () => BarState;
}

/** Writes to stderr: log lines, and on a terminal one progress line below them that never mixes with them. */
export class Screen {
  readonly #context: Pick<CliContext, 'stderr' | 'atExit'>;
  readonly #line: StatusLine | undefined;
  readonly #bar: TerminalBar | undefined;
  #shown: Shown | undefined;
  #text = '';
  #timer: NodeJS.Timeout | undefined;
  #release: (() => void) | undefined;
  #isAsking = false;
  #isBehindQuestion = false;

  /** Opens a screen. It has a progress line only on a terminal that knows control sequences. */
  constructor(context: Pick<CliContext, 'stderr' | 'env' | 'atExit'>) {
    const { stderr, env } = context;
    this.#context = context;
    if (!isTerminal(stderr) || env.TERM === 'dumb') return;
    const write = (text: string) => void stderr.write(text);
    this.#line = new StatusLine(write);
    if (showsBar(env)) this.#bar = new TerminalBar(write);
  }

  get isTerminal(): boolean {
    return this.#line !== undefined;
  }

  /** Writes text of whole lines. */
  write(lines: string): void {
    this.aside(() => this.#context.stderr.write(lines));
  }

  /** Clears the progress line, runs `work`, which writes to the same terminal, and draws the line again. */
  aside(work: () => void): void {
    this.#line?.clear();
    this.#leaveQuestion();
    work();
    if (this.#shown && !this.#isAsking) this.#line?.draw(this.#text);
  }

  /**
   * Writes a question and waits for its answer, a line that the terminal has shown. The progress line is gone meanwhile.
   *
   * @param answer Resolves to undefined if no line came.
   */
  async ask(question: string, answer: () => Promise<string | undefined>): Promise<string | undefined> {
    // Shows the cursor, too.
    this.#line?.end();
    this.#isAsking = true;
    this.#isBehindQuestion = true;
    this.#context.stderr.write(question);
    try {
      const line = await answer();
      if (line !== undefined) this.#isBehindQuestion = false;
      return line;
    } finally {
      this.#leaveQuestion();
      this.#isAsking = false;
    }
  }

  /** Begins a new line if the cursor stands behind a question. */
  #leaveQuestion(): void {
    if (this.#isBehindQuestion) this.#context.stderr.write('\n');
    this.#isBehindQuestion = false;
  }

  /** Whether a question waits for its answer. */
  get isAsking(): boolean {
    return this.#isAsking;
  }

  /** Shows a progress line, and the terminal's progress bar, until `hideProgress`. Without a terminal nothing is shown. */
  showProgress(shown: Shown): void {
    if (this.#line === undefined) return;
    this.#shown = shown;
    this.#timer = setInterval(() => this.#draw(), REDRAW_MS);
    this.#timer.unref();
    // Also if a signal or an error ends the process.
    this.#release = this.#context.atExit(() => this.hideProgress());
  }

  hideProgress(): void {
    clearInterval(this.#timer);
    this.#shown = undefined;
    this.#line?.end();
    this.#bar?.clear();
    this.#release?.();
    this.#release = undefined;
  }

  #draw(): void {
    if (this.#shown === undefined || this.#isAsking) return;
    const { columns } = this.#context.stderr as Partial<NodeJS.WriteStream>;
    // The last column stays free, since a cursor behind it may be in either row.
    this.#text = this.#shown.line((columns || USUAL_COLUMNS) - 1);
    this.#line?.draw(this.#text);
    if (this.#shown.bar) this.#bar?.draw(this.#shown.bar());
  }
}

export function isTerminal(stream: Readable | Writable): boolean {
  return (stream as Partial<NodeJS.WriteStream>).isTTY === true;
}
