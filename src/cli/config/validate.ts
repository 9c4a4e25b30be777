import * as v from 'valibot';
import { isInQuotes } from './left-quotes.ts';
import { settingOf } from './schema/setting-keys.ts';
import { showValue } from './show-value.ts';
import type { Given, Layer } from './sources/layer.ts';
import { formatOrigin } from './sources/origin.ts';

/**
 * Finds every value in a layer that the schema does not allow. A wrong value is an error even if a higher layer overrides it.
 *
 * @returns one line for each: origin, key, value, and what is allowed
 */
export function invalidValues(layer: Layer): string[] {
  return [...layer].flatMap(([key, given]) => {
    const { value, origin } = given;
    const left = leftOver(given);
    if (left !== undefined) return [`${formatOrigin(origin)}: ${key}: ${left}`];
    const setting = settingOf(key);
    const { issues } = v.safeParse(setting.schema, value);
    if (!issues) return [];
    const [{ message }] = issues;
    return [`${formatOrigin(origin)}: ${key}: ${showValue(setting, value)} is not allowed; use ${message}`];
  });
}

/**
 * Reason why a text has something of its file or shell in it: quotes, or a carriage return; undefined if it has not. The reason
 * does not quote the value, which may be a secret.
 */
function leftOver({ value, origin }: Given): string | undefined {
  if (origin.kind === 'file' || typeof value !== 'string') return undefined;
  if (isInQuotes(value))
    return 'the value is in quotes (docker --env-file does not remove them); use it without the quotes';
  return value.endsWith('\r')
    ? 'the value ends in a carriage return (from a file with CRLF line ends); remove it'
    : undefined;
}
