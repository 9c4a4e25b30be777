import type { SettingKey } from '../schema/schema.ts';
import type { Origin } from './origin.ts';

/** A value as it was written, before validation. */
export interface Given {
  readonly value: unknown;
  readonly origin: Origin;
}

/** The settings of one source of configuration. */
export type Layer = ReadonlyMap<SettingKey, Given>;

/** A layer, and one line for each problem that was found while it was read. */
export interface ReadLayer {
  readonly layer: Layer;
  readonly problems: readonly string[];
}

/** Whether a value means "not set", as empty ones do: the first user's files say `prefix: ""` and `endpoint_url: null`. */
export function isUnset(value: unknown): boolean {
  return value === undefined || value === null || value === '';
}
