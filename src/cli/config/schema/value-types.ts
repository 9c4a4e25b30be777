import * as v from 'valibot';
import { isFileName } from '../../../selection/folder-rules.ts';
import { requireNoQuotes } from '../left-quotes.ts';
import { FormError } from '../parse/form-error.ts';
import { parseList } from '../parse/parse-list.ts';
import { parseMap } from '../parse/parse-map.ts';
import { parseSize } from '../parse/parse-size.ts';

/**
 * Makes a schema for a value that comes typed (YAML, JSON) or as text (INI, environment, flags). `read` throws {@link
 * FormError} for a value that is not allowed. It must accept its own results, because settings are validated one by one and
 * again as a whole.
 */
export function readWith<T>(read: (value: unknown) => T) {
  return v.pipe(
    v.unknown(),
    v.rawTransform<unknown, T>(({ dataset, addIssue, NEVER }) => {
      try {
        return read(dataset.value);
      } catch (error) {
        if (!(error instanceof FormError)) throw error;
        addIssue({ message: error.message });
        return NEVER;
      }
    }),
  );
}

/**
 * Makes a schema for text that matches a pattern. A number is refused, not converted, since YAML has already read `0123` as
 * 123.
 */
export function text(pattern: RegExp, allowed: string) {
  return v.pipe(v.string(`${allowed}, in quotes`), v.regex(pattern, allowed));
}

/** Makes a schema for the path of a file. `-` is refused, since it would name a file and not stdout. */
export function filePath() {
  return text(/^(?!-$)[^\0]+$/, 'a path (only report.output_json and report.events take "-" for stdout)');
}

export function fileName() {
  return readWith((value) => nameOfFile(typeof value === 'string' ? value : ''));
}

/**
 * Checks that a text is a file's name without folders. White space at an end is refused, since hardly any file has such a name.
 *
 * @throws FormError
 */
export function nameOfFile(name: string): string {
  if (!isFileName(name) || name !== name.trim())
    throw new FormError('the name of a file, without a folder, and without white space before or behind it');
  return name;
}

/**
 * Makes a schema for a boolean: `true` or `false`, also as `1`, `0`, `yes`, `no`, `on`, `off`, since YAML 1.1 files (Python's)
 * say `yes` and mean true.
 */
export function boolean() {
  return readWith((value) => {
    const word = typeof value === 'object' ? '' : String(value).toLowerCase();
    if (['true', 'yes', 'on', '1'].includes(word)) return true;
    if (['false', 'no', 'off', '0'].includes(word)) return false;
    throw new FormError('true or false (also yes, no, 1, 0)');
  });
}

export function wholeNumber(minimum: number, maximum: number) {
  return readWith((value) => {
    const number = typeof value === 'string' && /^\d{1,15}$/.test(value.trim()) ? Number(value) : value;
    if (typeof number === 'number' && Number.isInteger(number) && number >= minimum && number <= maximum) {
      return number;
    }
    throw new FormError(`a whole number from ${minimum} to ${maximum}`);
  });
}

/** Makes a schema for a size in bytes. @param range The limits as text, for the message. */
export function size(minimum: number, maximum: number, range: string) {
  return readWith((value) => {
    const bytes = parseSize(textOrNumber(value));
    if (bytes < minimum || bytes > maximum) throw new FormError(`a size ${range}`);
    return bytes;
  });
}

/**
 * Makes a schema for a limit. `off` means that there is none, whatever a source of lower precedence says. YAML 1.1 files
 * (Python's) say `off` and mean false.
 */
export function orOff<T>(read: (value: unknown) => T) {
  return readWith((value): T | undefined => {
    if (value === false || value === 'off') return undefined;
    try {
      return read(value);
    } catch (error) {
      throw error instanceof FormError ? new FormError(`${error.message}; or off`) : error;
    }
  });
}

/**
 * Makes a schema for a list of texts; one text alone is a list of one. It refuses a text that would match nothing as one
 * pattern: `*.tmp, *.bak`, which is a list only in the environment, and several lines, as `--exclude "$(cat list)"` and `|` in
 * YAML make them.
 */
export function texts(allowed: string, each: (text: string) => string = (text) => text) {
  return readWith((value) => {
    const list: readonly unknown[] = Array.isArray(value) ? value : [value];
    if (typeof value === 'string' && mayBeList(value))
      throw new FormError(`${allowed}, written as a list: [a, b]`);
    return list.map((item) => {
      if (typeof item !== 'string' || item.trim() === '' || item.includes('\0')) throw new FormError(allowed);
      if (/[\r\n]/.test(item)) throw new FormError(`${allowed}, each without line breaks: [a, b]`);
      requireNoQuotes(item, allowed);
      return each(item);
    });
  });
}

/** Whether a text is probably a list. Names contain commas, too, but rarely a space after one or a star on both sides. */
function mayBeList(text: string): boolean {
  const parts = parseList(text).map(String);
  return parts.length > 1 && (/,\s/.test(text) || parts.every((part) => part.includes('*')));
}

/** Makes a schema for a map of texts. `check` throws {@link FormError} for a map that is not allowed. */
export function textMap(check: (map: Record<string, string>) => void) {
  return readWith((value) => {
    const map = parseMap(value);
    check(map);
    return map;
  });
}

export function textOrNumber(value: unknown): string | number {
  return typeof value === 'number' ? value : typeof value === 'string' ? value : '';
}
