import { settingNamed } from '../config/schema/setting-keys.ts';

/** Names of settings in other tools. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  sse: 'server_side_encryption',
  sse_kms_key_id: 'kms_key_id',
  chunk_size: 'part_size',
};

/** Explains how to set a setting that was given as a flag although it has none; undefined if no setting has this name. */
export function settingAsFlag(flag: string): string | undefined {
  const name = flag
    .replace(/^--(?:no-)?/, '')
    .replaceAll('-', '_')
    .toLowerCase();
  const setting = settingNamed(OTHER_NAMES[name] ?? name);
  if (setting === undefined) return undefined;
  const { key, section } = setting;
  return `it is the setting ${key}: set it in a configuration file, or as backup_${section}__${setting.name} in the environment`;
}
