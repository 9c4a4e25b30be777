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
import { MOST_SHARDS, PLAN_ID, type ShardId } from '../core/shard.ts';

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
const planId = v.custom<string>(
  (value) => typeof value === 'string' && PLAN_ID.test(value),
  'the id of a plan, such as 20261130T021500Z-1a2b3c4d',
);
const shardIndex = v.custom<number>(
  (value) => Number.isInteger(value) && Number(value) >= 0 && Number(value) < MOST_SHARDS,
  `a whole number from 0 to ${MOST_SHARDS - 1}`,
);
export const shard = optional(objectOf<ShardId>({ plan: planId, index: shardIndex }));
export const links = optional(oneOf(['skip', 'follow', 'store']));
export const separator = optional(oneOf(['newline', 'nul']));
export const keyFolding = optional(oneOf(['none', 'unicode', 'case', 'both']));
export const compare = optional(oneOf(['auto', 'size-mtime', 'checksum']));
export const overwrite = oneOf(['always', 'if-different', 'never']);
export const strength = optional(oneOf(['auto', 'head', 'download']));
