import { FormError } from './parse/form-error.ts';

/**
 * Whether quotes have become part of a value: `docker --env-file` passes on those of `NAME="value"`, with any comment behind
 * them (`"value" # comment`). A pattern or a key in quotes would silently match no file.
 */
export function isInQuotes(text: string): boolean {
  return /^\s*(["'`]).*\1(?:\s.*)?$/s.test(text);
}

/**
 * Refuses a text that is in quotes.
 *
 * @param allowed The allowed values, for the message.
 * @throws FormError
 */
export function requireNoQuotes(text: string, allowed: string): void {
  if (isInQuotes(text)) throw new FormError(`${allowed}, without the quotes`);
}
