import { createInterface, type Interface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { EXIT_CODES } from '../../core/exit-codes.ts';
import { columnsOf, table } from '../output/layout.ts';
import { Cancelled, type ChoiceQuestion, type Prompts, problemOf, type TextQuestion } from './prompts.ts';

/** Asks line by line, and moves no cursor: for a terminal that cannot, and for programs that read the screen aloud. */
export class LinePrompts implements Prompts {
  readonly isLive = false;
  readonly margin = '';
  readonly #output: Writable;
  readonly #interface: Interface;
  readonly #lines: AsyncIterator<string>;

  constructor(input: Readable, output: Writable) {
    this.#output = output;
    this.#interface = createInterface({ input, terminal: false });
    this.#lines = this.#interface[Symbol.asyncIterator]();
  }

  begin(title: string): void {
    this.#output.write(`${title}\n`);
  }

  async text(question: TextQuestion): Promise<string> {
    const { message, initial, example } = question;
    const shown = initial ? ` [${initial}]` : ` (such as ${example})`;
    return this.#ask(`${message}${shown} `, (line) => {
      const text = line === '' ? (initial ?? '') : line;
      const reason = problemOf(question, text);
      return reason === undefined ? { value: text } : { reason };
    });
  }

  async choose({ message, choices, initial = choices[0]?.value }: ChoiceQuestion): Promise<string> {
    const rows = choices.map(({ label, hint }, index): [string, string] => [
      String(index + 1).padStart(2),
      hint === undefined ? label : `${label}: ${hint}`,
    ]);
    this.#output.write(`${message}\n${table(rows, columnsOf(this.#output))}`);
    const usual = choices.findIndex(({ value }) => value === initial) + 1;
    return this.#ask(`Number [${usual}] `, (line) => {
      const choice = choices[(line === '' ? usual : Number(line)) - 1];
      return choice ? { value: choice.value } : { reason: `use a number from 1 to ${choices.length}` };
    });
  }

  async confirm(message: string, initial: boolean): Promise<boolean> {
    const answer = await this.#ask(`${message} [${initial ? 'Y/n' : 'y/N'}] `, (line) => {
      const word = line.toLowerCase() || (initial ? 'y' : 'n');
      return ['y', 'yes', 'n', 'no'].includes(word) ? { value: word } : { reason: 'use y or n' };
    });
    return answer.startsWith('y');
  }

  end(text: string): void {
    if (text !== '') this.#output.write(`${text}\n`);
    this.#interface.close();
  }

  /** Asks until a line is an answer. */
  async #ask(
    question: string,
    read: (line: string) => { readonly value: string } | { readonly reason: string },
  ): Promise<string> {
    for (;;) {
      this.#output.write(question);
      const { value: line, done } = await this.#lines.next();
      if (done) {
        this.#output.write('\n');
        throw new Cancelled(EXIT_CODES.fatal);
      }
      const answer = read(line.trim());
      if ('value' in answer) return answer.value;
      this.#output.write(`  ${answer.reason}\n`);
    }
  }
}
