/**
 * A configuration file that does not parse. `message` never holds text of the file, because that may be a secret;
 * this is why the parsers' own messages are not passed on.
 */
export class ConfigSyntaxError extends Error {
  override readonly name = 'ConfigSyntaxError';
  /** Counted from 1; undefined where the parser does not say. */
  readonly line: number | undefined;
  readonly column: number | undefined;

  constructor(message: string, position?: { readonly line: number; readonly column: number }) {
    super(message);
    this.line = position?.line;
    this.column = position?.column;
  }
}

/** A configuration has three: sections, their keys, lists or maps. A stack has room for about a thousand of YAML's. */
export const MAX_LEVELS = 100;
export const TOO_DEEP = 'the nesting is too deep';
/** Decoding leaves U+FFFD where bytes are not UTF-8; a path with one in it would name another file. */
export const NOT_UTF8 = 'this is not UTF-8 text; save the file as UTF-8';

/** Line and column, counted from 1, of an offset into a text. */
export function positionAt(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset).split(/\r\n|\r|\n/);
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}
