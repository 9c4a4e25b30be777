import * as v from 'valibot';
import type { KeyRange } from '../core/key-range.ts';
import {
  boolean,
  nonEmptyString,
  number,
  object,
  objectOf,
  objectWith,
  oneOf,
  optional,
  size,
} from '../core/option-schemas.ts';

/** Schemas of options that several stages share, or a stage and a run. */
export const flag = optional(boolean);
export const control = optional(object);
export const source = v.union(
  [nonEmptyString, objectWith(['path', 'given'], 'a root')],
  'a string that is not empty',
);
export const limit = optional(v.union([number, objectWith(['current'], 'a limit')], 'a number'));
export const transferLimit = optional(
  v.union([size, objectWith(['take', 'giveBack'], 'a limit')], 'a number of bytes, 0 or more'),
);
const key = optional(
  v.custom<string>(
    (value) => typeof value === 'string' && !/\p{Surrogate}/u.test(value),
    'a string without half a surrogate pair',
  ),
);
export const range = optional(objectOf<KeyRange>({ from: key, to: key }));
export const links = optional(oneOf(['skip', 'follow', 'store']));
export const separator = optional(oneOf(['newline', 'nul']));
export const keyFolding = optional(oneOf(['none', 'unicode', 'case', 'both']));
export const compare = optional(oneOf(['auto', 'size-mtime', 'checksum']));
export const overwrite = oneOf(['always', 'if-different', 'never']);
export const strength = optional(oneOf(['auto', 'head', 'download']));
