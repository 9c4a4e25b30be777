import type { Key } from 'node:readline';
import { styleText } from 'node:util';
import * as clack from '@clack/prompts';
import { EXIT_CODES } from '../../core/exit-codes.ts';
import type { CliContext } from '../context.ts';
import { showsColours } from '../output/colours.ts';
import { columnsOf, wrap } from '../output/layout.ts';
import { exitCodeOf } from '../session/stop-on-signals.ts';
import { Cancelled, type ChoiceQuestion, type Prompts, problemOf, type TextQuestion } from './prompts.ts';

/** The streams and the signal of one question. */
interface Asking {
  readonly input: CliContext['stdin'];
  readonly output: CliContext['stderr'];
  readonly signal: AbortSignal;
}

/** Asks with lines that are edited, and choices that the arrow keys move through. Only this file knows @clack/prompts. */
export class ClackPrompts implements Prompts {
  readonly isLive = true;
  readonly margin: string;
  readonly #context: CliContext;
  /** Ends the yellow in which clack writes a problem: it cannot be read on a light background. Empty without colours. */
  readonly #reset: string;

  constructor(context: CliContext) {
    this.#context = context;
    const isColoured = showsColours(context.stderr, context.env);
    // The colour of clack's own bars.
    const bar = isColoured ? styleText('gray', clack.S_BAR, { validateStream: false }) : clack.S_BAR;
    this.margin = `${bar}  `;
    this.#reset = isColoured ? '\u001b[0m' : '';
  }

  begin(title: string): void {
    clack.intro(title, { output: this.#context.stderr });
  }

  async text(question: TextQuestion): Promise<string> {
    const { message, initial = '', example } = question;
    const validate = (text = '') => {
      const problem = problemOf(question, text.trim());
      // It stands behind a bar and two spaces.
      return problem && `${this.#reset}${wrap(problem, columnsOf(this.#context.stderr), 3)}`;
    };
    const answer = await this.#answered((asking) =>
      clack.text({ ...asking, message, placeholder: `such as ${example}`, initialValue: initial, validate }),
    );
    return answer.trim();
  }

  choose({ message, choices, initial }: ChoiceQuestion): Promise<string> {
    const options = choices.map(({ value, label, hint }) => ({ value, label, ...(hint && { hint }) }));
    return this.#answered((asking) =>
      clack.select({ ...asking, message, options, ...(initial !== undefined && { initialValue: initial }) }),
    );
  }

  confirm(message: string, initial: boolean): Promise<boolean> {
    return this.#answered((asking) => clack.confirm({ ...asking, message, initialValue: initial }));
  }

  end(text: string): void {
    clack.outro(text, { output: this.#context.stderr });
    this.#context.stdin.pause();
  }

  /** Waits for an answer. Signals and Ctrl-D end the question, which shows the cursor again. */
  async #answered<T extends string | boolean>(
    ask: (asking: Asking) => Promise<T | typeof clack.CANCEL_SYMBOL>,
  ): Promise<T> {
    const { stdin: input, stderr: output, onSignal } = this.#context;
    const stop = new AbortController();
    const release = onSignal((name) => stop.abort(exitCodeOf(name)));
    const onKey = (_text: string | undefined, key: Key | undefined) => {
      if (key?.ctrl && key.name === 'd') stop.abort(EXIT_CODES.fatal);
    };
    try {
      const asked = ask({ input, output, signal: stop.signal });
      // readline, which the question has just begun to use, makes these events.
      input.on('keypress', onKey);
      const answer = await asked;
      if (!clack.isCancel(answer)) return answer;
      throw new Cancelled(stop.signal.aborted ? Number(stop.signal.reason) : EXIT_CODES.interrupted);
    } finally {
      input.off('keypress', onKey);
      release();
    }
  }
}
