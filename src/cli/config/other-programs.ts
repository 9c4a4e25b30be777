import { settings } from './schema/setting-keys.ts';

/**
 * Whether a file with a name that other programs use as well (`~/.config/backup/config`) can be this program's: it has the name of
 * a section and of one of its keys, wherever they stand, or nothing but comments. So a file that does not parse, or that
 * another user may write to, is told from another program's before it is parsed.
 */
export function mayBeOurs(text: string): boolean {
  const words = new Set(text.match(/\w+/g));
  const isBlank = text.split(/\r\n|\r|\n/).every((line) => /^\s*(?:[#;].*)?$/.test(line));
  return isBlank || [...settings.values()].some(({ section, name }) => words.has(section) && words.has(name));
}
