import { resolve } from 'node:path';
import { ambiguousSources } from './ambiguous-sources.ts';
import { missingProfile } from './aws-profiles.ts';
import { failOn } from './config-error.ts';
import { contradictions } from './contradictions.ts';

import type { SettingKey, Settings } from './schema/schema.ts';
import { secretsInTheOpen } from './secrets-in-the-open.ts';
import { settingsFrom } from './settings-from.ts';
import { readConfigFiles } from './sources/config-files.ts';
import { credentialsDirectoryLayer, readCredentialFiles } from './sources/credential-files.ts';
import { readCustomerKeyFile } from './sources/customer-key-file.ts';
import { readDotenv } from './sources/dotenv-file.ts';
import { environmentLayers } from './sources/environment-layers.ts';
import { fileLayers, type LayeredFile } from './sources/file-layers.ts';
import { type FlagValues, flagLayer } from './sources/flag-layer.ts';
import { mergeLayers } from './sources/merge.ts';
import { DEFAULT_ORIGIN, type Origin } from './sources/origin.ts';
import { type Draft, expandHome } from './sources/places.ts';
import { powerProblems } from './trust.ts';
import { invalidValues } from './validate.ts';
import { verificationTurnedOff } from './verification-turned-off.ts';

/** The sources of a configuration. */
export interface ConfigInput {
  /**
   * The current folder. `.env` is read there, the search for `.backuprc` starts there, and relative paths are relative to it.
   */
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** The path that `--config` named; undefined if the flag was not given. */
  readonly configFile?: string | undefined;
  /**
   * Whether `--trust-config` was given. It applies to the files of `--config` and `backup_config`, and not with deletion on.
   * Default false.
   */
  readonly trustConfig?: boolean | undefined;
  /** A file that is about to be written: it is read as if it were in its place already. Default: none. */
  readonly draft?: Draft | undefined;
  readonly flags?: FlagValues | undefined;
}

/** The effective configuration. */
export interface LoadedConfig {
  readonly settings: Settings;
  /** Returns the source of a key's value. */
  origin(key: SettingKey): Origin;
  /**
   * Names of the files that were read, in rising precedence, with `.env` if it sets anything of this program, and the files of
   * secrets.
   */
  readonly files: readonly string[];
  /** Whether aws.profile chooses the credentials: there are no keys, or the profile was given as a flag. */
  readonly usesProfile: boolean;
  /** A sentence that says that the profile does not exist; undefined if it may exist, or is not used. */
  readonly missingProfile: string | undefined;
  /** Warnings for the user. The configuration is used all the same. */
  readonly warnings: readonly string[];
}

/**
 * Reads, validates and merges the whole configuration. In rising precedence: defaults, rc's files, `backup_config`, `--config`,
 * `.env`, systemd's credentials, environment, flags. An access key, its secret and its token are taken from one source only.
 *
 * A file that another user may have written is refused (trust.ts), except on Windows.
 *
 * @throws ConfigError with every problem of the first step that found any: files, syntax, values, trust
 */
export function loadConfig(input: ConfigInput): LoadedConfig {
  const cwd = resolve(input.cwd);
  const absolute = (path: string) => resolve(cwd, expandHome(path, input.env));
  const { written, ignored } = readFiles({ ...input, cwd });
  const environment = environmentLayers(input.env, 'environment');
  const credentials = readCredentialFiles(
    [
      ...written.flatMap((file) => file.layers),
      credentialsDirectoryLayer(input.env),
      ...environment.layers,
      flagLayer(input.flags ?? {}),
    ],
    absolute,
  );
  const given = credentials.layers;
  const keyFile = readCustomerKeyFile(given, absolute);
  const files = [...written, ...credentials.files, ...(keyFile ? [keyFile] : [])];
  const layers = keyFile ? [...given, ...keyFile.layers] : given;
  const { merged, problems } = mergeLayers(layers);
  failOn('CONFIG_INVALID', [
    ...[...files, environment].flatMap((source) => source.problems),
    ...layers.flatMap(invalidValues),
    ...problems,
  ]);
  const settings = settingsFrom(merged, absolute);
  failOn('CONFIG_INVALID', [...contradictions(settings, merged), ...ambiguousSources(merged, absolute)]);
  const power = powerOf(settings);
  if (power)
    failOn(
      'CONFIG_UNTRUSTED',
      files.flatMap((file) => powerProblems(file, power)),
    );
  const origin = (key: SettingKey) => merged.get(key)?.origin ?? DEFAULT_ORIGIN;
  const { profile, access_key_id: key, secret_access_key: secret } = settings.aws;
  // A profile given as a flag is used even if the environment has keys as well.
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

/** What the settings turn on that another user must not have turned on. */
function powerOf({ backup, hooks, notify }: Settings): Parameters<typeof powerProblems>[1] | undefined {
  if (backup.delete_after_upload) return 'deletion';
  const isSet = [hooks.before, hooks.after, hooks.on_success, hooks.on_failure].some(Boolean);
  return isSet || notify.email.length > 0 ? 'commands' : undefined;
}

function readFiles(input: ConfigInput): { written: LayeredFile[]; ignored: readonly string[] } {
  const { cwd, env, configFile, trustConfig, draft } = input;
  const { files, ignored } = readConfigFiles({ cwd, env, configFile, trustConfig, draft });
  const layered = fileLayers(files);
  const dotenv = readDotenv(cwd, env);
  return { written: dotenv === undefined ? layered : [...layered, dotenv], ignored };
}
