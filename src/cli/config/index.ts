/** Configuration: where it comes from, what it may say, and whether it can be trusted. */
export { ConfigError, type ConfigErrorCode } from './config-error.ts';
export { describeSettings, type SettingLine } from './describe-settings.ts';
export type { FlagValue, FlagValues } from './flag-layer.ts';
export { type ConfigInput, type LoadedConfig, loadConfig } from './load-config.ts';
export { objectOptions } from './object-options.ts';
export { formatOrigin, type Origin } from './origin.ts';
export { formatSize } from './parse-size.ts';
export { splitSource } from './parse-source.ts';
export { limitAt, parseTimetable, type Timetable } from './parse-timetable.ts';
export { sampleConfig } from './sample-config.ts';
export type { SettingKey, Settings } from './schema.ts';
export { settingNamed } from './setting-keys.ts';
export { writeSampleConfig } from './write-sample-config.ts';
