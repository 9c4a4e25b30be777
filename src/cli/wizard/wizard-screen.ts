import { stripVTControlCharacters } from 'node:util';
import type { CliContext } from '../context.ts';
import { coloursFor } from '../output/colours.ts';
import { columnsOf, wrap } from '../output/layout.ts';
import { Screen } from '../output/screen.ts';
import { shortenMiddle } from '../output/shorten.ts';
import { StatusText } from '../output/status-text.ts';
import { type Check, maskedCheck } from '../status/check.ts';
import type { Prompts } from './prompts.ts';

/** What the wizard writes between the questions. */
export class WizardScreen {
  readonly #context: CliContext;
  readonly #screen: Screen;
  /** What each line begins with. */
  readonly #margin: string;
  readonly #isLive: boolean;
  readonly #shown = new Set<string>();

  /** @param prompts Undefined if nothing is asked. */
  constructor(context: CliContext, prompts: Prompts | undefined) {
    this.#context = context;
    this.#screen = new Screen(context);
    this.#margin = prompts?.margin ?? '';
    this.#isLive = prompts?.isLive ?? true;
  }

  /** Width that is left for a line of text, in characters. */
  get columns(): number {
    return columnsOf(this.#context.stderr) - this.#marginWidth;
  }

  get #marginWidth(): number {
    return stripVTControlCharacters(this.#margin).length;
  }

  /** Writes whole lines. */
  tell(text: string): void {
    const lines = text.split('\n').slice(0, -1);
    this.#screen.write(lines.map((line) => `${this.#margin}${line}\n`).join(''));
  }

  /** Writes a sentence that the user must not miss. */
  warn(text: string): void {
    const paint = coloursFor(this.#context.stderr, this.#context.env);
    const lines = wrap(text, this.columns).split('\n');
    this.tell(lines.map((line) => `${paint('heading', line)}\n`).join(''));
  }

  /**
   * Writes checks, each result once.
   *
   * @param secrets What is masked.
   */
  show(checks: readonly Check[], secrets: readonly string[]): void {
    const text = new StatusText(this.#context.stderr, this.#context.env, this.#marginWidth);
    for (const check of checks) {
      const line = text.check(maskedCheck(check, secrets));
      if (check.passed && this.#shown.has(line)) continue;
      this.#shown.add(line);
      this.tell(line);
    }
  }

  /** Shows on a terminal what is being done. */
  async during<T>(what: string, work: () => Promise<T>): Promise<T> {
    const line = `${this.#margin}${shortenMiddle(`${what} ...`, this.columns)}`;
    if (this.#isLive) this.#screen.showProgress({ line: () => line });
    try {
      return await work();
    } finally {
      this.#screen.hideProgress();
    }
  }
}
