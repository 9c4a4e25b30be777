/**
 * A configuration file that does not parse. `message` never holds text of the file, because that may be a secret;
 * this is why the parsers' own messages are not passed on.
 */
export class ConfigSyntaxError extends Error {
  override readonly name = 'ConfigSyntaxError';
  /** Line, counted from 1; undefined if the parser reports none. */
  readonly line: number | undefined;
  readonly column: number | undefined;

  constructor(message: string, position?: { readonly line: number; readonly column: number }) {
    super(message);
    this.line = position?.line;
    this.column = position?.column;
  }
}

/**
 * Most levels of nesting. A configuration needs three: sections, their keys, and lists or maps. The stack suffices for about a
 * thousand levels of YAML.
 */
export const MAX_LEVELS = 100;
export const TOO_DEEP = 'the nesting is too deep';
/**
 * Message for bytes that are not UTF-8, which decoding replaces by U+FFFD: a path that contains one would name another file.
 */
export const NOT_UTF8 = 'this is not UTF-8 text; save the file as UTF-8';

/** Converts an offset into a text to a line and a column, counted from 1. */
export function positionAt(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset).split(/\r\n|\r|\n/);
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}
