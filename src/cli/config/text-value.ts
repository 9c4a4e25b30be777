import { parseList } from './parse-list.ts';
import type { Setting } from './setting-keys.ts';

/**
 * A value of a source that has only texts (environment, `.env`, INI) as the schema wants it: a list is split at its
 * commas. Everything else the schema reads from text itself.
 */
export function textValue(setting: Setting, value: unknown): unknown {
  const isList = setting.info.kind === 'list' || setting.info.kind === 'paths';
  return isList && typeof value === 'string' ? parseList(value) : value;
}
