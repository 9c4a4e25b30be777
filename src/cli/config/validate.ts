import * as v from 'valibot';
import type { Layer } from './layer.ts';
import { formatOrigin } from './origin.ts';
import { settingOf } from './setting-keys.ts';
import { showValue } from './show-value.ts';

/**
 * Everything in a layer that the schema does not allow, one line each: where, key, value, what is allowed. A wrong
 * value is an error even where a higher layer overrides it.
 */
export function invalidValues(layer: Layer): string[] {
  return [...layer].flatMap(([key, { value, origin }]) => {
    const setting = settingOf(key);
    const { issues } = v.safeParse(setting.schema, value);
    if (!issues) return [];
    const [{ message }] = issues;
    return [`${formatOrigin(origin)}: ${key}: ${showValue(setting, value)} is not allowed; use ${message}`];
  });
}
