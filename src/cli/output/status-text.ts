import type { Writable } from 'node:stream';
import type { SettingLine } from '../config/describe-settings.ts';
import type { Check } from '../status/check.ts';
import { coloursFor, type Paint } from './colours.ts';
import { columnsOf, wrap } from './layout.ts';
import { oneLine } from './printable.ts';
import { isTerminal } from './screen.ts';

/** Width of a check's name. */
const NAME_WIDTH = 18;
/** Width of the terminal from which the detail of a check stands beside its name. */
const BESIDE_COLUMNS = 60;
/** Widest column of values in a list that is not wrapped. */
const MOST_WIDTH = 60;

/** Formats what `status` prints. On a terminal lines are broken at words; elsewhere each fact stays one line, for grep. */
export class StatusText {
  readonly #paint: Paint;
  /** Undefined if lines are not broken. */
  readonly #columns: number | undefined;

  /** @param margin Columns that something else takes at the beginning of each line. Default 0. */
  constructor(stream: Writable, env: NodeJS.ProcessEnv, margin = 0) {
    this.#paint = coloursFor(stream, env);
    this.#columns = isTerminal(stream) ? columnsOf(stream) - margin : undefined;
  }

  heading(text: string): string {
    return `${this.#paint('heading', text)}\n`;
  }

  note(text: string): string {
    return `  ${this.#paint('aside', wrap(text, this.#columns ?? Number.POSITIVE_INFINITY, 2))}\n`;
  }

  /** One line for each setting: key, value and origin. If that is too long, the origin goes below the value. */
  settings(lines: readonly SettingLine[]): string {
    const width = (field: 'key' | 'value') =>
      Math.min(MOST_WIDTH, Math.max(0, ...lines.map((line) => line[field].length)));
    const [keys, values] = [width('key'), this.#valueWidth(lines, width('key'), width('value'))];
    return lines.map((line) => this.#setting(line, keys, values)).join('');
  }

  /** Width of the values, so that most lines with their origins fit. */
  #valueWidth(lines: readonly SettingLine[], keys: number, widest: number): number {
    if (this.#columns === undefined) return widest;
    const room = this.#columns - keys - 6;
    const fitting = lines.filter(({ value, origin }) => value.length + origin.length <= room);
    const origins = Math.max(0, ...fitting.map(({ origin }) => origin.length));
    return Math.min(Math.max(0, ...fitting.map(({ value }) => value.length)), Math.max(0, room - origins));
  }

  #setting({ key, value, origin }: SettingLine, keys: number, values: number): string {
    const begin = `  ${key.padEnd(keys)}  `;
    const one = `${begin}${value.padEnd(values)}  `;
    if (this.#columns === undefined || one.length + origin.length <= this.#columns)
      return `${one}${this.#paint('aside', origin)}\n`;
    const margin = this.#columns < BESIDE_COLUMNS ? 4 : begin.length;
    const first = margin === 4 ? `  ${key}\n    ` : begin;
    const below = `\n${' '.repeat(margin)}`;
    return `${first}${wrap(value, this.#columns, margin)}${below}${this.#paint('aside', wrap(origin, this.#columns, margin))}\n`;
  }

  /** A line for a check, and one for what to do about it. */
  check({ name, passed, detail, hint, mark: given }: Check): string {
    const mark: Mark = given ?? markOf(passed);
    const isBeside = (this.#columns ?? BESIDE_COLUMNS) >= BESIDE_COLUMNS;
    const margin = isBeside ? NAME_WIDTH + 5 : 4;
    const indent = ' '.repeat(margin);
    const text = (words: string) => wrap(oneLine(words), this.#columns ?? Number.POSITIVE_INFINITY, margin);
    const head = `  ${this.#paint(MARK_STYLES[mark], mark)} ${isBeside ? name.padEnd(NAME_WIDTH) : `${name}\n   `}`;
    const advice = hint ? `${indent}${text(hint)}\n` : '';
    return `${head} ${text(detail)}\n${advice}`;
  }
}

type Mark = '✓' | '✗' | '!' | '-';

const MARK_STYLES: Readonly<Record<Mark, Parameters<Paint>[0]>> = {
  '✓': 'good',
  '✗': 'bad',
  '!': 'warning',
  '-': 'aside',
};

function markOf(passed: boolean | undefined): Mark {
  if (passed === undefined) return '-';
  return passed ? '✓' : '✗';
}
