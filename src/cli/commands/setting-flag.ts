import type { FlagValues, SettingKey } from '../config/index.ts';
import type { SettingKind } from '../config/schema/setting-info.ts';
import { settingOf } from '../config/schema/setting-keys.ts';
import { mapOption, Option } from './option.ts';

const LISTS: ReadonlySet<SettingKind> = new Set(['list', 'paths', 'sources']);

/** The flag of a setting on the command line. */
export class SettingFlag {
  readonly key: SettingKey;
  /** `--bucket` */
  readonly flag: string;
  /** The value as it was typed; undefined if the flag was not given. */
  readonly value: unknown;

  constructor(key: SettingKey, flag: string, value: unknown) {
    this.key = key;
    this.flag = flag;
    this.value = value;
  }
}

/**
 * Declares the flag that the schema gives a setting: a switch with an opposite for a boolean, a repeatable flag for a list, a
 * flag with one value for all else.
 *
 * @throws Error if the schema gives the setting no flag
 */
export function settingFlag(key: SettingKey): SettingFlag {
  const { kind, flag } = settingOf(key).info;
  if (flag === undefined) throw new Error(`the setting ${key} has no flag`);
  const { name, about: description } = flag;
  return mapOption(optionOf(kind)(name, { description }), (value) => new SettingFlag(key, name, value));
}

/** The settings that the flags of a command give. */
export function flagValues(command: object): FlagValues {
  const flags = Object.values(command).filter((value) => value instanceof SettingFlag);
  return Object.fromEntries(flags.map((flag) => [flag.key, flag]));
}

function optionOf(kind: SettingKind): (name: string, about: { description: string }) => unknown {
  if (kind === 'boolean') return Option.Boolean;
  return LISTS.has(kind) ? Option.Array : Option.String;
}
