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
  | 'size'
  | 'duration'
  | 'number'
  | 'boolean';

/** The flag of the command line that sets a setting. Its kind decides whether it takes a value, repeats, or has an opposite. */
export interface FlagInfo {
  /** `--bwlimit`. A switch has the opposite `--no-...`, too. */
  readonly name: `--${string}`;
  /** Stands for the value in the help. Default `VALUE`. */
  readonly value?: string;
  /** One line of the help. */
  readonly about: string;
}

/** What people are told about one setting. The sample configuration is made of this. */
export interface SettingInfo {
  readonly kind: SettingKind;
  /** One or more lines. */
  readonly about: string;
  /** Unit and allowed values, in one line. */
  readonly allowed: string;
  /** A valid value; needed only where there is no default. */
  readonly example?: unknown;
  /** Undefined for a setting that nobody types: it is set in a file or in the environment. */
  readonly flag?: FlagInfo;
}

/** Attaches {@link SettingInfo} to a setting in the schema. */
export function info<T>(about: SettingInfo) {
  return v.metadata<T, { readonly info: SettingInfo }>({ info: about });
}
