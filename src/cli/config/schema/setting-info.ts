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

/** What people are told about one setting. The sample configuration is made of this. */
export interface SettingInfo {
  readonly kind: SettingKind;
  /** One or more lines. */
  readonly about: string;
  /** Unit and allowed values, in one line. */
  readonly allowed: string;
  /** A valid value; needed only where there is no default. */
  readonly example?: unknown;
}

/** Attaches {@link SettingInfo} to a setting in the schema. */
export function info<T>(about: SettingInfo) {
  return v.metadata<T, { readonly info: SettingInfo }>({ info: about });
}
