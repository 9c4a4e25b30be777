import type { Writable } from 'node:stream';
import { createLogUpdate } from 'log-update';

/** How often the progress line is drawn anew, in milliseconds. */
const REDRAW_MS = 200;

/** stderr: log lines, and on a terminal one progress line below them that never mixes with them. */
export class Screen {
  readonly #stderr: Writable;
  readonly #line: ReturnType<typeof createLogUpdate> | undefined;
  #text: (() => string) | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(stderr: Writable) {
    this.#stderr = stderr;
    this.#line = isTerminal(stderr) ? createLogUpdate(stderr as NodeJS.WriteStream) : undefined;
  }

  get isTerminal(): boolean {
    return this.#line !== undefined;
  }

  /** Writes whole lines. */
  write(lines: string): void {
    this.aside(() => this.#stderr.write(lines));
  }

  /** Does what writes to the same terminal, and keeps the progress line below it. */
  aside(work: () => void): void {
    this.#line?.clear();
    work();
    this.#draw();
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
    if (this.#text) this.#line?.(this.#text());
  }
}

export function isTerminal(stream: Writable): boolean {
  return (stream as Partial<NodeJS.WriteStream>).isTTY === true;
}
