import { unsafe } from 'ini';
import { unquoted } from '../unquoted.ts';
import { ConfigSyntaxError } from './syntax-error.ts';

type IniMap = Map<string, unknown>;

const BLANK = /^\s*(?:[;#].*)?$/;
const SECTION = /^\s*\[\s*([^\][\s]+)\s*\]\s*(?:[;#].*)?$/;
const PAIR = /^([^\s=[\]]+)(\[\])?\s*=\s*(.*)$/;
const DOUBLE_QUOTED = /^("(?:[^"\\]|\\.)*")(?:\s+[;#].*)?$/;
const SINGLE_QUOTED = /^'([^']*)'(?:\s+[;#].*)?$/;
const COMMENT_SIGN = /(?<!\\)[;#]/;

/**
 * Reads INI: `[section]`, `[section.map]`, `key = value`, `key[] = value` for lists, `;` and `#` comments. Values are texts, or
 * null. This function splits the lines itself and leaves only the values to the package ini, whose `parse` skips what it does
 * not understand, lets the last of two equal keys win, cuts values at every `#` and `;`, and reads `'123'` as a number.
 *
 * @throws ConfigSyntaxError with the line
 */
export function parseIni(text: string): IniMap {
  const root: IniMap = new Map();
  let section = root;
  for (const [index, line] of text.split(/\r\n|\r|\n/).entries()) {
    if (BLANK.test(line)) continue;
    const header = SECTION.exec(line)?.[1];
    if (header === undefined) addPair(section, line, index + 1);
    else section = header.split('.').reduce((map, name) => child(map, name, index + 1), root);
  }
  return root;
}

function child(parent: IniMap, name: string, line: number): IniMap {
  const existing = parent.get(name) ?? new Map<string, unknown>();
  if (!(existing instanceof Map)) throw fail('a key already has the name of this section', line);
  parent.set(name, existing);
  return existing;
}

function addPair(section: IniMap, line: string, number: number): void {
  const [, name, brackets, raw] = PAIR.exec(line.trim()) ?? [];
  if (name === undefined || raw === undefined)
    throw fail('this line is neither [section] nor key = value', number);
  const existing = section.get(name);
  const value = decode(raw, number);
  if (brackets === undefined && existing === undefined) section.set(name, value);
  else if (brackets !== undefined && existing === undefined) section.set(name, [value]);
  else if (brackets !== undefined && Array.isArray(existing)) existing.push(value);
  else throw fail('this key was given twice', number);
}

function decode(raw: string, line: number): string | null {
  if (raw === 'null') return null;
  const single = SINGLE_QUOTED.exec(raw)?.[1];
  if (single !== undefined) return single;
  if (/^["']/.test(raw)) {
    try {
      return String(JSON.parse(DOUBLE_QUOTED.exec(raw)?.[1] ?? ''));
    } catch {
      throw fail('the quotes do not match, or an escape in them is wrong', line);
    }
  }
  const found = unquoted(raw, COMMENT_SIGN);
  if ('problem' in found) throw fail(found.problem, line);
  // The package ini would reduce two backslashes to one.
  if (found.value.includes('\\\\')) throw fail('put a value with two backslashes in single quotes', line);
  return unsafe(found.value);
}

function fail(message: string, line: number): ConfigSyntaxError {
  return new ConfigSyntaxError(message, { line, column: 1 });
}
