import { readFileSync, type Stats, statSync } from 'node:fs';
import rc from 'rc';
import { messageOf, systemCode } from '../../errors.ts';
import { ConfigError, type ConfigErrorCode, failOn } from './config-error.ts';
import { configPlaces, type Place, RC_NAME, type Surroundings } from './places.ts';
import { notAConfigFile } from './regular-file.ts';
import { foundFileProblems } from './trust.ts';

/** A configuration file and what is in it. */
export interface ConfigFile {
  readonly place: Place;
  readonly text: string;
}

/**
 * Reads the configuration files of rc's usual places, of `backup_config` and of `--config`, low to high.
 *
 * rc itself looks from `process.cwd()`, from the HOME that the process started with, and in `process.env`. Where
 * `surroundings` differ from those, they count: what rc read from elsewhere is dropped, what it missed is read here.
 *
 * @throws ConfigError for what rc would skip: a named file that is missing, any file that is there but cannot be read,
 *   and a `.backuprc` found in a folder where somebody else may have put it
 */
export function readConfigFiles(surroundings: Surroundings): ConfigFile[] {
  // `--config "$FILE"` with an unset variable must not run with some other configuration.
  if (surroundings.configFile === '')
    failOn('CONFIG_NOT_FOUND', ['--config: the name is empty; name a file']);
  const places = configPlaces(surroundings).filter(isThere);
  failOn(
    'CONFIG_UNTRUSTED',
    places
      .filter(({ kind }) => kind === 'found')
      .flatMap((place) =>
        foundFileProblems(place, surroundings.cwd, 'move it, or name it with --config if you trust it'),
      ),
  );
  const texts = textsFromRc(places.findLast(({ kind }) => kind === 'named')?.file);
  return places.map((place) => ({ place, text: texts.get(place.file) ?? readText(place) }));
}

/** rc gives the parser no file name, but calls it in the order of its list `configs`. Its merged values are not used. */
function textsFromRc(config: string | undefined): Map<string, string> {
  const texts: string[] = [];
  const keep = (text: string) => {
    texts.push(text);
    return {};
  };
  // @types/rc allows no `argv` but null, with which rc would parse the command line itself.
  const call = rc as (
    name: string,
    defaults: object,
    argv: object,
    parse: typeof keep,
  ) => { configs?: unknown };
  const { configs } = call(RC_NAME, {}, config === undefined ? {} : { config }, keep);
  // Without any file `configs` can be the text of a variable `backup_configs`.
  const files = texts.length > 0 && Array.isArray(configs) ? configs : [];
  return new Map(files.map((file, index) => [String(file), texts[index] ?? '']));
}

/** Whether there is a file at this place. In the usual places folders are none, as in rc: `~/.config/backup`. */
function isThere(place: Place): boolean {
  const stats = statOf(place);
  if (stats === undefined || (stats.isDirectory() && place.kind !== 'named')) return false;
  const trouble = notAConfigFile(stats);
  if (trouble !== undefined) throw unreadable(place, trouble);
  return true;
}

/** Also what says why, when rc could not read a file. */
function readText(place: Place): string {
  try {
    return readFileSync(place.file, 'utf8');
  } catch (error) {
    throw unreadable(place, `cannot be read (${systemCode(error)}); allow it, or run as its owner`);
  }
}

function statOf(place: Place): Stats | undefined {
  try {
    return statSync(place.file);
  } catch (error) {
    if (place.kind !== 'named') return undefined;
    const missing = ['ENOENT', 'ENOTDIR'].includes(systemCode(error) ?? '');
    const advice = 'check the path; s3-backup init writes a sample';
    if (missing) throw failure('CONFIG_NOT_FOUND', place, `there is no such file; ${advice}`);
    throw unreadable(place, `cannot be read (${messageOf(error)})`);
  }
}

function unreadable(place: Place, what: string): ConfigError {
  return failure('CONFIG_UNREADABLE', place, what);
}

function failure(code: ConfigErrorCode, place: Place, what: string): ConfigError {
  return new ConfigError(code, [`${place.name}: ${what}`]);
}
