import type { SettingKey } from '../schema/schema.ts';
import type { Given, Layer } from './layer.ts';

/** The settings that were given on the command line, each with the flag it was given by, for messages. */
export type FlagValues = { readonly [K in SettingKey]?: FlagValue | undefined };

/** `value` undefined or null: the flag was not given. */
export interface FlagValue {
  readonly value: unknown;
  /** As it was typed: `--bucket`. */
  readonly flag: string;
}

/**
 * What the flags set. An empty text is kept, unlike elsewhere: `--bucket "$BUCKET"` with an unset variable has to be
 * an error, not the bucket of some file; and `--prefix ""` means no prefix.
 */
export function flagLayer(flags: FlagValues): Layer {
  const layer = new Map<SettingKey, Given>();
  for (const [key, given] of Object.entries(flags) as [SettingKey, FlagValue | undefined][]) {
    if (given === undefined || given.value === undefined || given.value === null) continue;
    layer.set(key, { value: given.value, origin: { kind: 'flag', name: given.flag } });
  }
  return layer;
}
