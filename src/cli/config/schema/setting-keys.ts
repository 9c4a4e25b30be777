import * as v from 'valibot';
import { type SettingKey, settingsSchema } from './schema.ts';
import type { SettingInfo } from './setting-info.ts';

/** One setting of the schema. */
export interface Setting {
  readonly key: SettingKey;
  readonly section: string;
  /** Name of the setting within its section. */
  readonly name: string;
  readonly schema: v.GenericSchema;
  readonly info: SettingInfo;
  /** The default; undefined if the setting has none. */
  readonly defaultValue: unknown;
}

/** The names of the sections, in the schema's order. */
export const sectionNames: readonly string[] = Object.keys(settingsSchema.entries);

/** Every setting, in the schema's order. */
export const settings: ReadonlyMap<string, Setting> = new Map(
  Object.entries(settingsSchema.entries).flatMap(([section, { entries }]) =>
    Object.entries(entries).map(([name, schema]) => {
      // The schema's type is lost in Object.entries; its keys are exactly those of SettingKey.
      const key = `${section}.${name}` as SettingKey;
      return [key, { key, section, name, schema, info: infoOf(schema), defaultValue: v.getDefault(schema) }];
    }),
  ),
);

/**
 * Returns a setting by its key.
 *
 * @throws Error for a key that the schema does not have, which the types rule out
 */
export function settingOf(key: SettingKey): Setting {
  const setting = settings.get(key);
  if (setting === undefined) throw new Error(`no setting ${key}`);
  return setting;
}

/**
 * Finds a setting by its name in any section (`storage_class`), or with its section (`s3_storage_class`, `s3.storage_class`);
 * undefined if there is none.
 */
export function settingNamed(name: string): Setting | undefined {
  return [...settings.values()].find((setting) =>
    [setting.name, setting.key, setting.key.replace('.', '_')].includes(name),
  );
}

function infoOf(schema: v.GenericSchema): SettingInfo {
  return (v.getMetadata(schema) as { info: SettingInfo }).info;
}
