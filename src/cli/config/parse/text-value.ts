import { isInQuotes } from '../left-quotes.ts';
import type { Setting } from '../schema/setting-keys.ts';
import { parseList } from './parse-list.ts';

/**
 * A value of a source that has only texts (environment, `.env`, INI) as the schema wants it: a list is split at its
 * commas, unless it is in quotes as a whole, which the schema refuses. Everything else the schema reads from text itself.
 */
export function textValue(setting: Setting, value: unknown): unknown {
  if (typeof value !== 'string' || isInQuotes(value)) return value;
  const { kind } = setting.info;
  // A path may hold a comma, so only a JSON array is a list of sources.
  const isList =
    kind === 'list' || kind === 'paths' || (kind === 'sources' && value.trimStart().startsWith('['));
  return isList ? parseList(value) : value;
}
