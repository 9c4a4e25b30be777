import { resolve } from 'node:path';
import { ambiguousSources } from './ambiguous-sources.ts';
import { failOn } from './config-error.ts';
import { contradictions } from './contradictions.ts';
import { missingProfile } from './missing-profile.ts';
import type { SettingKey, Settings } from './schema/schema.ts';
import { secretsInTheOpen } from './secrets-in-the-open.ts';
import { settingsFrom } from './settings-from.ts';
import { readConfigFiles } from './sources/config-files.ts';
import { readCustomerKeyFile } from './sources/customer-key-file.ts';
import { readDotenv } from './sources/dotenv-file.ts';
import { environmentLayers } from './sources/environment-layers.ts';
import { fileLayers, type LayeredFile } from './sources/file-layers.ts';
import { type FlagValues, flagLayer } from './sources/flag-layer.ts';
import { mergeLayers } from './sources/merge.ts';
import { DEFAULT_ORIGIN, type Origin } from './sources/origin.ts';
import { expandHome } from './sources/places.ts';
import { deletionProblems } from './trust.ts';
import { invalidValues } from './validate.ts';
import { verificationTurnedOff } from './verification-turned-off.ts';

/** Where configuration is looked for. */
export interface ConfigInput {
  /** The current folder: of `.env`, of the search for `.backuprc`, and of relative paths. */
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** What `--config` said. */
  readonly configFile?: string | undefined;
  /** Whether `--trust-config` was given: for the files of `--config` and `backup_config`, and not with deletion on. */
  readonly trustConfig?: boolean | undefined;
  readonly flags?: FlagValues | undefined;
}

/** The effective configuration. */
export interface LoadedConfig {
  readonly settings: Settings;
  /** Where the value of a key comes from. */
  origin(key: SettingKey): Origin;
  /** The files that were read, low to high: `.env` if it sets anything of ours, and the one of the customer's key. */
  readonly files: readonly string[];
  /** Whether aws.profile says who asks: there are no keys, or it was given as a flag. */
  readonly usesProfile: boolean;
  /** That this profile is nowhere, for people; undefined if it may be there, or is not used. */
  readonly missingProfile: string | undefined;
  /** For people; the configuration is used all the same. */
  readonly warnings: readonly string[];
}

/**
 * Reads, checks and merges the whole configuration. Low to high: defaults, rc's files, `backup_config`, `--config`,
 * `.env`, environment, flags. An access key, its secret and its token are taken from one of them only.
 *
 * A file that somebody else may have written is refused, as trust.ts says; on Windows this is not checked.
 *
 * @throws ConfigError with every problem of the first step that found any: files, syntax, values, trust
 */
export function loadConfig(input: ConfigInput): LoadedConfig {
  const cwd = resolve(input.cwd);
  const absolute = (path: string) => resolve(cwd, expandHome(path, input.env));
  const { written, ignored } = readFiles({ ...input, cwd });
  const environment = environmentLayers(input.env, 'environment');
  const given = [
    ...written.flatMap((file) => file.layers),
    ...environment.layers,
    flagLayer(input.flags ?? {}),
  ];
  const keyFile = readCustomerKeyFile(given, absolute);
  const files = keyFile ? [...written, keyFile] : written;
  const layers = keyFile ? [...given, ...keyFile.layers] : given;
  const { merged, problems } = mergeLayers(layers);
  failOn('CONFIG_INVALID', [
    ...[...files, environment].flatMap((source) => source.problems),
    ...layers.flatMap(invalidValues),
    ...problems,
  ]);
  const settings = settingsFrom(merged, absolute);
  failOn('CONFIG_INVALID', [...contradictions(settings, merged), ...ambiguousSources(merged, absolute)]);
  if (settings.backup.delete_after_upload) failOn('CONFIG_UNTRUSTED', files.flatMap(deletionProblems));
  const origin = (key: SettingKey) => merged.get(key)?.origin ?? DEFAULT_ORIGIN;
  const { profile, access_key_id: key, secret_access_key: secret } = settings.aws;
  // A profile that was typed is meant, even if the environment has keys as well.
  const usesProfile = profile !== undefined && (!key || !secret || origin('aws.profile').kind === 'flag');
  return {
    settings,
    origin,
    usesProfile,
    missingProfile: usesProfile ? missingProfile(profile, input.env) : undefined,
    files: files.map(({ name }) => name),
    warnings: [...ignored, ...secretsInTheOpen(files), ...verificationTurnedOff(input.env)],
  };
}

function readFiles(input: ConfigInput): { written: LayeredFile[]; ignored: readonly string[] } {
  const { cwd, env, configFile, trustConfig } = input;
  const { files, ignored } = readConfigFiles({ cwd, env, configFile, trustConfig });
  const layered = fileLayers(files);
  const dotenv = readDotenv(cwd, env);
  return { written: dotenv === undefined ? layered : [...layered, dotenv], ignored };
}
