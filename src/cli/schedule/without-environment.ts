import { isDeepStrictEqual } from 'node:util';
import { BackupError } from '../../core/errors.ts';
import { ConfigError, type LoadedConfig, loadConfig, type SettingKey, settings } from '../config/index.ts';
import { CREDENTIAL_NAMES } from '../config/sources/credential-names.ts';
import { isOurVariable } from '../config/sources/environment-layers.ts';
import type { CliContext } from '../context.ts';
import { shellWord } from './escape.ts';

/**
 * The configuration as a run on a schedule reads it: from the files alone, without the variables of this shell.
 *
 * @param config Path of the configuration file, for the advice.
 * @throws BackupError `BAD_OPTION` if a variable of this shell changes a setting
 */
export function withoutEnvironment(
  context: CliContext,
  loaded: LoadedConfig,
  configFile: string | undefined,
  config: string,
): LoadedConfig {
  const fromShell = [...settings.values()]
    .map(({ key }) => key)
    .filter((key) => {
      const { kind, name } = loaded.origin(key);
      return kind === 'flag' || (kind === 'environment' && name !== 'CREDENTIALS_DIRECTORY');
    });
  if (fromShell.length === 0) return loaded;
  const alone = loadFiles(context, configFile);
  const changed = fromShell.filter(
    (key) => alone === undefined || !isDeepStrictEqual(settingIn(alone, key), settingIn(loaded, key)),
  );
  if (alone !== undefined && changed.length === 0) return alone;
  throw changesSettings(loaded, changed, config);
}

/** Reads the files alone; undefined if they make no valid configuration. */
function loadFiles({ cwd, env }: CliContext, configFile: string | undefined): LoadedConfig | undefined {
  const rest = Object.fromEntries(Object.entries(env).filter(([name]) => !isOurVariable(name)));
  try {
    return loadConfig({ cwd, env: rest, configFile });
  } catch (error) {
    if (error instanceof ConfigError) return undefined;
    throw error;
  }
}

function settingIn(loaded: LoadedConfig, key: SettingKey): unknown {
  const [section = '', name = ''] = key.split('.');
  const sections: Readonly<Record<string, Readonly<Record<string, unknown>>>> = { ...loaded.settings };
  return sections[section]?.[name];
}

function changesSettings({ origin }: LoadedConfig, changed: readonly SettingKey[], config: string) {
  const named = changed.map((key) => `${key} (${origin(key).name})`).join(', ');
  const secrets = changed.some((changedKey) => CREDENTIAL_NAMES.some(({ key }) => key === changedKey))
    ? '; for keys name a file there: aws.access_key_id_file, aws.secret_access_key_file'
    : '';
  const variables = [...new Set(changed.map((key) => shellWord(origin(key).name)))].join(' ');
  return new BackupError('BAD_OPTION', `A schedule does not have the environment of this shell: ${named}.`, {
    hint: `Write this into ${config}${secrets}. Or schedule what the files say: unset ${variables}`,
  });
}
