import { isInQuotes } from '../left-quotes.ts';
import type { SettingKind } from '../schema/setting-info.ts';
import type { Setting } from '../schema/setting-keys.ts';
import { parseList } from './parse-list.ts';

const JSON_LISTS: ReadonlySet<SettingKind> = new Set(['sources', 'command', 'webhooks']);

/**
 * Converts a value of a source that has only texts (environment, `.env`, INI) for the schema: a list is split at its commas. If
 * the whole list is in quotes it stays a text, which the schema refuses. The schema reads all other kinds from text itself.
 */
export function textValue(setting: Setting, value: unknown): unknown {
  if (typeof value !== 'string' || isInQuotes(value)) return value;
  const { kind } = setting.info;
  // A path may hold a comma, so only a JSON array is a list of sources, or a command with arguments.
  const isJson = value.trimStart().startsWith('[');
  const isList = kind === 'list' || kind === 'paths' || (JSON_LISTS.has(kind) && isJson);
  return isList ? parseList(value) : value;
}
