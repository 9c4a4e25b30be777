import { requireNoQuotes } from '../left-quotes.ts';
import { FormError } from './form-error.ts';

const FORM = 'a map of texts, as name: value, or in one line as name=value,name=value; put numbers in quotes';

/**
 * Reads a map of texts: a mapping in a file, `a=1,b=2`, or a JSON object as text.
 *
 * @throws FormError that names the allowed forms
 */
export function parseMap(value: unknown): Record<string, string> {
  const entries = typeof value === 'string' ? entriesOfText(value) : entriesOf(value);
  return Object.fromEntries(
    entries.map(([name, text]) => {
      if (typeof text !== 'string' || name === '') throw new FormError(FORM);
      return [name, text];
    }),
  );
}

function entriesOf(value: unknown): [string, unknown][] {
  if (value instanceof Map) return [...value].map(([name, text]) => [String(name), text]);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return Object.entries(value);
  throw new FormError(FORM);
}

function entriesOfText(text: string): [string, unknown][] {
  if (text.trimStart().startsWith('{')) return entriesOf(parseJson(text));
  const seen = new Set<string>();
  return text
    .split(',')
    .filter((pair) => pair.trim() !== '')
    .map((pair) => {
      const at = pair.indexOf('=');
      const name = pair.slice(0, Math.max(at, 0)).trim();
      if (seen.has(name)) throw new FormError(`${FORM}; each name only once`);
      seen.add(name);
      const value = pair.slice(at + 1).trim();
      requireNoQuotes(value, FORM);
      return [name, value];
    });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new FormError(FORM);
  }
}
