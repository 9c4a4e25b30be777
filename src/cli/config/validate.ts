import * as v from 'valibot';
import { isInQuotes } from './left-quotes.ts';
import { settingOf } from './schema/setting-keys.ts';
import { showValue } from './show-value.ts';
import type { Given, Layer } from './sources/layer.ts';
import { formatOrigin } from './sources/origin.ts';

/**
 * Everything in a layer that the schema does not allow, one line each: where, key, value, what is allowed. A wrong
 * value is an error even where a higher layer overrides it.
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

/** What belongs to the file or the shell that a text came from, and not to the value. The value may be a secret. */
function leftOver({ value, origin }: Given): string | undefined {
  if (origin.kind === 'file' || typeof value !== 'string') return undefined;
  if (isInQuotes(value))
    return 'the value is in quotes (docker --env-file does not remove them); use it without the quotes';
  return value.endsWith('\r')
    ? 'the value ends in a carriage return, of a file with CRLF; remove it'
    : undefined;
}
