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

type ScreenContext = Pick<CliContext, 'stderr' | 'env' | 'atExit' | 'onSuspend' | 'isForeground'>;

/** Writes to stderr: log lines, and on a terminal one progress line below them that never mixes with them. */
export class Screen {
  readonly #context: Omit<ScreenContext, 'env'>;
  readonly #line: StatusLine | undefined;
  readonly #bar: TerminalBar | undefined;
  #shown: Shown | undefined;
  #text = '';
  #timer: NodeJS.Timeout | undefined;
  #releases: readonly (() => void)[] = [];
  /** The question that waits for its answer; '' if there is none. */
  #question = '';
  #isBehindQuestion = false;

  /** Opens a screen. It has a progress line only on a terminal that knows control sequences. */
  constructor(context: ScreenContext) {
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
    if (this.#mayDraw) this.#line?.draw(this.#text);
  }

  /**
   * Writes a question and waits for its answer, a line that the terminal has shown. The progress line is gone meanwhile.
   *
   * @param answer Resolves to undefined if no line came.
   */
  async ask(question: string, answer: () => Promise<string | undefined>): Promise<string | undefined> {
    // Shows the cursor, too.
    this.#line?.end();
    this.#showQuestion(question);
    try {
      const line = await answer();
      if (line !== undefined) this.#isBehindQuestion = false;
      return line;
    } finally {
      this.#leaveQuestion();
      this.#question = '';
    }
  }

  #showQuestion(question: string): void {
    this.#question = question;
    this.#isBehindQuestion = true;
    this.#context.stderr.write(question);
  }

  /** Begins a new line if the cursor stands behind a question. */
  #leaveQuestion(): void {
    if (this.#isBehindQuestion) this.#context.stderr.write('\n');
    this.#isBehindQuestion = false;
  }

  /** Whether a question waits for its answer. */
  get isAsking(): boolean {
    return this.#question !== '';
  }

  /** Shows a progress line, and the terminal's progress bar, until `hideProgress`. Without a terminal nothing is shown. */
  showProgress(shown: Shown): void {
    if (this.#line === undefined) return;
    this.#shown = shown;
    this.#timer = setInterval(() => this.#draw(), REDRAW_MS);
    this.#timer.unref();
    this.#releases = [
      // Also if a signal or an error ends the process.
      this.#context.atExit(() => this.hideProgress()),
      this.#context.onSuspend({ before: () => this.#clear(), after: () => this.#resume() }),
    ];
  }

  hideProgress(): void {
    clearInterval(this.#timer);
    this.#shown = undefined;
    this.#clear();
    for (const release of this.#releases) release();
    this.#releases = [];
  }

  #clear(): void {
    this.#line?.end();
    this.#bar?.clear();
  }

  /** Shows what was shown before the program was stopped, unless it continues in the background. */
  #resume(): void {
    if (this.isAsking && this.#context.isForeground()) this.#showQuestion(this.#question);
    else this.#draw();
  }

  /** In the background the terminal shows the line that the user types to the shell. */
  get #mayDraw(): boolean {
    return this.#shown !== undefined && !this.isAsking && this.#context.isForeground();
  }

  #draw(): void {
    // Something else than Ctrl-Z may have sent it to the background.
    if (!this.#context.isForeground()) this.#line?.leave();
    if (this.#shown === undefined || !this.#mayDraw) return;
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
