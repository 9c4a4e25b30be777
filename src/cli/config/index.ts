/**
 * Configuration: reads the files, the environment and the flags, validates the values, and checks whether the files can be
 * trusted.
 */
export { ConfigError, type ConfigErrorCode } from './config-error.ts';
export { describeSettings, type SettingLine } from './describe-settings.ts';
export { type ConfigInput, type LoadedConfig, loadConfig } from './load-config.ts';
export { objectOptions } from './object-options.ts';
export { formatSize } from './parse/parse-size.ts';
export { splitSource } from './parse/parse-source.ts';
export { limitAt, parseTimetable, type Timetable } from './parse/parse-timetable.ts';
export { type ReadAnswer, readAnswer } from './read-answer.ts';
export { sampleConfig } from './sample-config.ts';
export type { SettingKey, Settings } from './schema/schema.ts';
export { settingNamed, settingOf, settings } from './schema/setting-keys.ts';
export type { FlagValue, FlagValues } from './sources/flag-layer.ts';
export { formatOrigin, type Origin } from './sources/origin.ts';
export { writeSampleConfig } from './write-sample-config.ts';
