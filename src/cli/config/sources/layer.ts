import type { SettingKey } from '../schema/schema.ts';
import type { Origin } from './origin.ts';

/** A value as it was written, not yet validated. */
export interface Given {
  readonly value: unknown;
  readonly origin: Origin;
}

/** What one source of configuration sets. */
export type Layer = ReadonlyMap<SettingKey, Given>;

/** A layer as it was read, with one line for everything in it that was wrong. */
export interface ReadLayer {
  readonly layer: Layer;
  readonly problems: readonly string[];
}

/** Empty values mean "not set": the first user's files say `prefix: ""` and `endpoint_url: null`. */
export function isUnset(value: unknown): boolean {
  return value === undefined || value === null || value === '';
}
