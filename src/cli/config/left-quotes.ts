import { FormError } from './parse/form-error.ts';

/**
 * Whether quotes have become part of a text: `docker --env-file` passes on those of `NAME="value"`, and those of a comment
 * behind them (`"value" # comment`). A pattern or a key in quotes would match no file, and say nothing.
 */
export function isInQuotes(text: string): boolean {
  return /^\s*(["'`]).*\1(?:\s.*)?$/s.test(text);
}

/** @throws FormError for a text that is in quotes. @param allowed what is allowed */
export function requireNoQuotes(text: string, allowed: string): void {
  if (isInQuotes(text)) throw new FormError(`${allowed}, without the quotes`);
}
