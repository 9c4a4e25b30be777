import type { WriteCondition } from '../store-types.ts';

/** The request fields of what a write must find under its key. */
export function conditionFields({ ifAbsent, ifMatch }: WriteCondition) {
  return {
    ...(ifAbsent && { IfNoneMatch: '*' }),
    ...(ifMatch !== undefined && { IfMatch: `"${ifMatch}"` }),
  };
}
