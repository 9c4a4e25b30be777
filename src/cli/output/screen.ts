import type { Readable, Writable } from 'node:stream';
import type { createLogUpdate } from 'log-update';

type LogUpdate = ReturnType<typeof createLogUpdate>;

/** Interval at which the progress line is drawn, in milliseconds. */
const REDRAW_MS = 200;

/** Writes to stderr: log lines, and on a terminal one progress line below them that never mixes with them. */
export class Screen {
  readonly #stderr: Writable;
  readonly #line: LogUpdate | undefined;
  #text: (() => string) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isAsking = false;
  #isBehindQuestion = false;

  /** @param line Draws the progress line. Default: no progress line. */
  constructor(stderr: Writable, line?: LogUpdate) {
    this.#stderr = stderr;
    this.#line = line;
  }

  /**
   * Opens a screen, with a progress line on a terminal. The package that draws it takes 25 ms to load, so it is loaded only
   * there.
   */
  static async open(stderr: Writable): Promise<Screen> {
    if (!isTerminal(stderr)) return new Screen(stderr);
    const { createLogUpdate } = await import('log-update');
    return new Screen(stderr, createLogUpdate(stderr as NodeJS.WriteStream));
  }

  get isTerminal(): boolean {
    return this.#line !== undefined;
  }

  /** Writes text of whole lines. */
  write(lines: string): void {
    this.aside(() => this.#stderr.write(lines));
  }

  /** Clears the progress line, runs `work`, which writes to the same terminal, and draws the line again. */
  aside(work: () => void): void {
    this.#line?.clear();
    this.#leaveQuestion();
    work();
    this.#draw();
  }

  /**
   * Writes a question and waits for its answer, a line that the terminal has shown. The progress line is gone meanwhile.
   *
   * @param answer Resolves to undefined if no line came.
   */
  async ask(question: string, answer: () => Promise<string | undefined>): Promise<string | undefined> {
    this.#line?.clear();
    // Shows the cursor, too.
    this.#line?.done();
    this.#isAsking = true;
    this.#isBehindQuestion = true;
    this.#stderr.write(question);
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
    if (this.#isBehindQuestion) this.#stderr.write('\n');
    this.#isBehindQuestion = false;
  }

  /** Whether a question waits for its answer. */
  get isAsking(): boolean {
    return this.#isAsking;
  }

  /** Shows a progress line until `hideProgress`. Without a terminal nothing is shown. */
  showProgress(text: () => string): void {
    if (this.#line === undefined) return;
    this.#text = text;
    this.#timer = setInterval(() => this.#draw(), REDRAW_MS);
    this.#timer.unref();
  }

  hideProgress(): void {
    clearInterval(this.#timer);
    this.#text = undefined;
    this.#line?.clear();
    this.#line?.done();
  }

  #draw(): void {
    if (this.#text && !this.#isAsking) this.#line?.(this.#text());
  }
}

export function isTerminal(stream: Readable | Writable): boolean {
  return (stream as Partial<NodeJS.WriteStream>).isTTY === true;
}
