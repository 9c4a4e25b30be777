import { parse } from 'dotenv';
import { ProblemList } from '../problem-list.ts';
import { unquoted } from '../unquoted.ts';

/** A line that may set a variable. Matches in linear time, and matches more lines than dotenv does, never fewer. */
const ASSIGNMENT = /^[ \t]*(?:export[ \t]+)?([\w.-]+)[ \t]*[=:]/gm;
const BLANK = /^[ \t]*(?:#.*)?$/s;
/** A line up to its value. */
const BEGINNING = /^[ \t]*(?:export[ \t]+)?([\w.-]+)[ \t]*(?:=|:(?=[ \t]))[ \t]*/;
const QUOTES: readonly string[] = ['"', "'", '`'];
/** The rest of a line after its closing quote: at most a comment. */
const BEHIND_QUOTES = /^[ \t]*(?:[ \t]#.*)?$/s;

const NO_ASSIGNMENT =
  'this line is neither a comment nor NAME=value; if it continues the line before, join the two';
const OPEN_QUOTES = 'the quotes are not closed, or something other than " # comment" follows them';
const SEVERAL_LINES = 'the value must be in one line';
const BACKSLASH =
  'programs read a backslash in double quotes, or before a quote, in different ways: use single quotes, without an escaped quote';
const READ_OTHERWISE = 'dotenv would read a value other than the written one; put the value in single quotes';

/** Whether a line of the text may set a variable of this program. */
export function mayAssign(text: string, isOurs: (name: string) => boolean): boolean {
  for (const [, name = ''] of text.matchAll(ASSIGNMENT)) if (isOurs(name)) return true;
  return false;
}

/** The variables of this program in a `.env`, and the lines that could be read in two ways. */
export interface DotenvContent {
  readonly variables: Readonly<Record<string, string>>;
  /** One message for each such line. It quotes no text of the file, which may be a secret. */
  readonly problems: readonly string[];
}

/**
 * Reads the variables of this program in a `.env`. dotenv decodes their values. But dotenv also cuts values at a `#`, reads
 * past open quotes, takes the last of two equal names and skips what it does not understand. So a line counts only if its value
 * is written there exactly as dotenv reads it. Variables of other programs are only skipped.
 *
 * @param text UTF-8, without a byte order mark.
 * @param isOurs Whether this program reads a variable of this name.
 * @param file Name of the file, for messages.
 */
export function parseDotenv(text: string, isOurs: (name: string) => boolean, file: string): DotenvContent {
  const reader = new Reader(text.replace(/\r\n?/g, '\n'), isOurs, file);
  return reader.read();
}

class Reader {
  readonly #text: string;
  readonly #isOurs: (name: string) => boolean;
  readonly #file: string;
  readonly #problems = new ProblemList();
  readonly #values = new Map<string, string>();
  readonly #lines = new Map<string, number>();
  #at = 0;
  #line = 1;

  constructor(text: string, isOurs: (name: string) => boolean, file: string) {
    this.#text = text;
    this.#isOurs = isOurs;
    this.#file = file;
  }

  read(): DotenvContent {
    while (this.#at < this.#text.length) {
      const line = this.#text.slice(this.#at, this.#endOfLine(this.#at));
      const [beginning, name] = BEGINNING.exec(line) ?? [];
      const valueAt = this.#at + (beginning?.length ?? 0);
      if (BLANK.test(line)) this.#goTo(this.#at + line.length);
      else if (name === undefined) this.#refuse(NO_ASSIGNMENT, this.#at);
      else if (this.#isOurs(name)) this.#readOurs(name, valueAt);
      else this.#skipOthers(valueAt);
    }
    return {
      variables: Object.fromEntries(this.#values),
      problems: this.#problems.lines(this.#file),
    };
  }

  #readOurs(name: string, valueAt: number): void {
    const earlier = this.#lines.get(name);
    if (earlier !== undefined) {
      this.#refuse(`${name}: line ${earlier} also sets it; keep one of them`, valueAt);
      return;
    }
    this.#lines.set(name, this.#line);
    const raw = this.#text.slice(valueAt, this.#endOfLine(valueAt)).trim();
    const found = QUOTES.includes(raw[0] ?? '') ? this.#inQuotes(valueAt) : unquoted(raw, /#/);
    if ('problem' in found) {
      this.#refuse(found.problem, valueAt);
      return;
    }
    const read = parse(`${name}=${raw}`, { fast: true });
    if (read[name] !== found.value || Object.keys(read).length > 1) this.#refuse(READ_OTHERWISE, valueAt);
    else {
      this.#values.set(name, found.value);
      this.#goTo(this.#endOfLine(valueAt));
    }
  }

  #inQuotes(open: number): { readonly value: string } | { readonly problem: string } {
    const quote = this.#text[open] ?? '';
    const line = this.#text.slice(open + 1, this.#endOfLine(open));
    if (line.includes(`\\${quote}`)) return { problem: BACKSLASH };
    const close = this.#closingQuote(open);
    if (close === undefined) return { problem: OPEN_QUOTES };
    const value = this.#text.slice(open + 1, close);
    if (value.includes('\n')) return { problem: SEVERAL_LINES };
    return quote === '"' && value.includes('\\') ? { problem: BACKSLASH } : { value };
  }

  #skipOthers(valueAt: number): void {
    const end = this.#endOfLine(valueAt);
    const quote = this.#text[valueAt] ?? '';
    const isQuoted = QUOTES.includes(quote);
    const close = isQuoted ? this.#closingQuote(valueAt) : undefined;
    if (close !== undefined) {
      const inner = this.#text.slice(valueAt, close);
      if (inner.includes('\n') && mayAssign(inner, this.#isOurs))
        this.#refuse(
          `the quotes that begin here end in line ${this.#line + newlines(inner)}, and variables of s3-backup are in between`,
          valueAt,
        );
      else this.#goTo(this.#endOfLine(close));
      return;
    }
    const closesSomehow = this.#text.slice(valueAt + 1, end).includes(quote);
    if (isQuoted && !closesSomehow) this.#refuse(OPEN_QUOTES, valueAt);
    else this.#goTo(end);
  }

  /** Position of the closing quote, if at most a comment follows it; otherwise undefined. */
  #closingQuote(open: number): number | undefined {
    const quote = this.#text[open];
    let at = open + 1;
    while (at < this.#text.length && this.#text[at] !== quote) at += this.#text[at] === '\\' ? 2 : 1;
    const behind = this.#text.slice(at + 1, this.#endOfLine(at + 1));
    return at < this.#text.length && BEHIND_QUOTES.test(behind) ? at : undefined;
  }

  /** Adds a problem and continues in the next line. */
  #refuse(problem: string, at: number): void {
    const line = this.#line;
    this.#problems.add(() => `${this.#file}:${line}: ${problem}`);
    this.#goTo(this.#endOfLine(at));
  }

  #goTo(endOfLine: number): void {
    this.#line += newlines(this.#text.slice(this.#at, endOfLine)) + 1;
    this.#at = endOfLine + 1;
  }

  #endOfLine(at: number): number {
    const end = this.#text.indexOf('\n', at);
    return end < 0 ? this.#text.length : end;
  }
}

function newlines(text: string): number {
  return text.split('\n').length - 1;
}
