import { parse } from 'dotenv';
import { ProblemList } from '../problem-list.ts';
import { unquoted } from '../unquoted.ts';

/** A line that may set a variable. Takes linear time, and finds more rather than less than dotenv does. */
const ASSIGNMENT = /^[ \t]*(?:export[ \t]+)?([\w.-]+)[ \t]*[=:]/gm;
const BLANK = /^[ \t]*(?:#.*)?$/s;
/** Up to the value. */
const BEGINNING = /^[ \t]*(?:export[ \t]+)?([\w.-]+)[ \t]*(?:=|:(?=[ \t]))[ \t]*/;
const QUOTES: readonly string[] = ['"', "'", '`'];
/** Nothing behind the closing quote but a comment. */
const BEHIND_QUOTES = /^[ \t]*(?:[ \t]#.*)?$/s;

const NO_ASSIGNMENT =
  'neither a comment nor NAME=value; if it belongs to the line before, put that in one line';
const OPEN_QUOTES = 'the quotes are not closed, or something other than " # comment" follows them';
const SEVERAL_LINES = 'the value must be in one line';
const BACKSLASH =
  'programs differ in what a backslash in double quotes or before a quote means: use single quotes, without an escaped quote';
const READ_OTHERWISE = 'dotenv would read another value than stands there; put the value in single quotes';

/** Whether a line of the text may set a variable that is ours. */
export function mayAssign(text: string, isOurs: (name: string) => boolean): boolean {
  for (const [, name = ''] of text.matchAll(ASSIGNMENT)) if (isOurs(name)) return true;
  return false;
}

/** Our variables in a `.env`, and one line for everything in it that could be read in two ways. */
export interface DotenvContent {
  readonly variables: Readonly<Record<string, string>>;
  /** Without any text of the file, which may be a secret. */
  readonly problems: readonly string[];
}

/**
 * Reads our variables in a `.env`. dotenv reads their values, but it cuts them at a `#`, goes through open quotes, takes the
 * last of two equal names and skips what it does not understand; so a line counts only if its value stands there as dotenv
 * reads it. Variables of other programs need only be told from ours.
 *
 * @param text UTF-8, without a byte order mark
 * @param isOurs whether a variable of this name is read
 * @param file its name, for messages
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
      else this.#passOthers(valueAt);
    }
    return {
      variables: Object.fromEntries(this.#values),
      problems: this.#problems.lines(this.#file),
    };
  }

  #readOurs(name: string, valueAt: number): void {
    const earlier = this.#lines.get(name);
    if (earlier !== undefined) {
      this.#refuse(`${name}: line ${earlier} sets it too; keep one of them`, valueAt);
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

  #passOthers(valueAt: number): void {
    const end = this.#endOfLine(valueAt);
    const quote = this.#text[valueAt] ?? '';
    const isQuoted = QUOTES.includes(quote);
    const close = isQuoted ? this.#closingQuote(valueAt) : undefined;
    if (close !== undefined) {
      const inner = this.#text.slice(valueAt, close);
      if (inner.includes('\n') && mayAssign(inner, this.#isOurs))
        this.#refuse(
          `the quotes that begin here end in line ${this.#line + newlines(inner)}, and s3-backup's variables are in between`,
          valueAt,
        );
      else this.#goTo(this.#endOfLine(close));
      return;
    }
    const closesSomehow = this.#text.slice(valueAt + 1, end).includes(quote);
    if (isQuoted && !closesSomehow) this.#refuse(OPEN_QUOTES, valueAt);
    else this.#goTo(end);
  }

  /** Of quotes that nothing but a comment follows. */
  #closingQuote(open: number): number | undefined {
    const quote = this.#text[open];
    let at = open + 1;
    while (at < this.#text.length && this.#text[at] !== quote) at += this.#text[at] === '\\' ? 2 : 1;
    const behind = this.#text.slice(at + 1, this.#endOfLine(at + 1));
    return at < this.#text.length && BEHIND_QUOTES.test(behind) ? at : undefined;
  }

  /** Reads on in the next line. */
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
