import { parseList } from './parse-list.ts';
import type { Setting } from './setting-keys.ts';

/**
 * A value of a source that has only texts (environment, `.env`, INI) as the schema wants it: a list is split at its
 * commas. Everything else the schema reads from text itself.
 */
export function textValue(setting: Setting, value: unknown): unknown {
  if (typeof value !== 'string') return value;
  const { kind } = setting.info;
  // A path may hold a comma, so only a JSON array is a list of sources.
  const isList =
    kind === 'list' || kind === 'paths' || (kind === 'sources' && value.trimStart().startsWith('['));
  return isList ? parseList(value) : value;
}
