const ESCAPE = '\u001b[';
const HIDE_CURSOR = `${ESCAPE}?25l`;
const SHOW_CURSOR = `${ESCAPE}?25h`;
/** A character that the terminal draws wider than expected must not begin a second row. */
const [NO_WRAP, WRAP] = [`${ESCAPE}?7l`, `${ESCAPE}?7h`];
const ERASE_BELOW = `${ESCAPE}J`;

/**
 * The last line of a terminal, which is drawn again and again.
 *
 * The cursor waits at its beginning. If the terminal becomes narrower, many terminals break the line into several rows; the cursor
 * is then in the first of them, and what is erased from there on is all of the line and nothing else. log-update and its like
 * leave the cursor behind the line: they leave rows behind, or erase rows of others.
 */
export class StatusLine {
  readonly #write: (text: string) => void;
  #drawn = '';
  #isCursorHidden = false;

  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  /** Draws a text in place of the last one. @param text At least one column narrower than the terminal. */
  draw(text: string): void {
    if (text === this.#drawn) return;
    const hide = this.#isCursorHidden ? '' : HIDE_CURSOR;
    this.#write(`${hide}\r${NO_WRAP}${text}${ERASE_BELOW}${WRAP}\r`);
    this.#drawn = text;
    this.#isCursorHidden = true;
  }

  /** Erases the text, so that another one can be written in its place. */
  clear(): void {
    if (this.#drawn !== '') this.#write(`\r${ERASE_BELOW}`);
    this.#drawn = '';
  }

  /** Shows the cursor again, and leaves the rest of the terminal to another program, which may have moved the cursor. */
  leave(): void {
    if (this.#isCursorHidden) this.#write(SHOW_CURSOR);
    this.#isCursorHidden = false;
    this.#drawn = '';
  }

  /** Erases the text and shows the cursor again. */
  end(): void {
    this.clear();
    this.leave();
  }
}
