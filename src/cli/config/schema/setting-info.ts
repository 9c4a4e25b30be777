import * as v from 'valibot';

/** How a setting's value is read from one line of text and shown. Secrets are never shown. */
export type SettingKind =
  | 'text'
  | 'secret'
  | 'path'
  | 'list'
  | 'paths'
  | 'sources'
  | 'map'
  | 'command'
  | 'url'
  | 'webhooks'
  | 'size'
  | 'duration'
  | 'number'
  | 'boolean';

/** The flag of the command line that sets a setting. Its kind decides whether it takes a value, repeats, or has an opposite. */
export interface FlagInfo {
  /** `--bwlimit`. A switch has the opposite `--no-...`, too. */
  readonly name: `--${string}`;
  /** Placeholder for the value in the help. Default `VALUE`. */
  readonly value?: string;
  /** One line of the help. */
  readonly about: string;
}

/** The documentation of one setting. The sample configuration and the help are made from it. */
export interface SettingInfo {
  readonly kind: SettingKind;
  /** Description; one or more lines. */
  readonly about: string;
  /** Unit and allowed values; one line. */
  readonly allowed: string;
  /** A valid value; needed only if there is no default. */
  readonly example?: unknown;
  /** The flag on the command line; undefined for a setting that is set in a file or in the environment only. */
  readonly flag?: FlagInfo;
}

/** Attaches {@link SettingInfo} to a setting in the schema. */
export function info<T>(about: SettingInfo) {
  return v.metadata<T, { readonly info: SettingInfo }>({ info: about });
}
