import type { SettingKey } from '../schema/schema.ts';
import type { Given, Layer } from './layer.ts';

/** The settings that were given on the command line, each with the name of its flag, for messages. */
export type FlagValues = { readonly [K in SettingKey]?: FlagValue | undefined };

/** A flag and its value; undefined and null mean that the flag was not given. */
export interface FlagValue {
  readonly value: unknown;
  /** Name of the flag: `--bucket`. */
  readonly flag: string;
}

/**
 * Makes the layer of the flags. Unlike elsewhere, an empty text is kept: `--bucket "$BUCKET"` with an unset variable must be an
 * error, not the bucket of another source, and `--prefix ""` means no prefix.
 */
export function flagLayer(flags: FlagValues): Layer {
  const layer = new Map<SettingKey, Given>();
  for (const [key, given] of Object.entries(flags) as [SettingKey, FlagValue | undefined][]) {
    if (given === undefined || given.value === undefined || given.value === null) continue;
    layer.set(key, { value: given.value, origin: { kind: 'flag', name: given.flag } });
  }
  return layer;
}
