import { settings } from './schema/setting-keys.ts';

/**
 * Whether a file whose name other programs use as well (`~/.config/backup/config`) can be this program's: it contains the names
 * of a section and of one of its keys, anywhere, or nothing but comments. So another program's file is recognised before it is
 * parsed, even if it does not parse or another user may write to it.
 */
export function mayBeOurs(text: string): boolean {
  const words = new Set(text.match(/\w+/g));
  const isBlank = text.split(/\r\n|\r|\n/).every((line) => /^\s*(?:[#;].*)?$/.test(line));
  return isBlank || [...settings.values()].some(({ section, name }) => words.has(section) && words.has(name));
}
