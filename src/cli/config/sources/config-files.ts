import { type Stats, statSync } from 'node:fs';
import rc from 'rc';
import { messageOf, systemCode } from '../../../core/errors.ts';
import { type FileContent, readRegularFile, requireFit, UnfitFile } from '../../../files/regular-file.ts';
import { ConfigError, type ConfigErrorCode, failOn } from '../config-error.ts';
import { CONFIG_LIMIT } from '../config-limit.ts';
import { mayBeOurs } from '../other-programs.ts';
import { fileProblems, foundFileProblems } from '../trust.ts';
import { configPlaces, type Place, RC_NAME, type Surroundings } from './places.ts';

/** A configuration file and what is in it. */
export interface ConfigFile {
  readonly place: Place;
  readonly text: string;
  /** Of the descriptor that was read. */
  readonly stats: Stats;
}

/** The files that count, low to high, and one line for each that is another program's. */
export interface ConfigFiles {
  readonly files: readonly ConfigFile[];
  readonly ignored: readonly string[];
}

/**
 * Reads the configuration files of rc's usual places, of `backup_config` and of `--config`, low to high.
 *
 * rc itself looks from `process.cwd()`, from the HOME that the process started with, and in `process.env`. Where
 * `surroundings` differ from those, they count: what rc read from elsewhere is dropped, what it missed is read here.
 *
 * Who may have written a file is asked before anybody parses it, and of the descriptor that it was read by.
 *
 * @throws ConfigError for what rc would skip: a named file that is missing, any file that is there but cannot be read;
 *   and for one that somebody else may have written
 */
export function readConfigFiles(surroundings: Surroundings): ConfigFiles {
  // `--config "$FILE"` with an unset variable must not run with some other configuration.
  if (surroundings.configFile === '')
    failOn('CONFIG_NOT_FOUND', ['--config: the name is empty; name a file']);
  const places = configPlaces(surroundings).filter(isThere);
  const found = places.map((place) => ({ place, ...contentOf(place) }));
  const contents = found.filter(
    ({ place, bytes }) => place.kind !== 'shared' || mayBeOurs(bytes.toString('utf8')),
  );
  failOn(
    'CONFIG_UNTRUSTED',
    contents.flatMap(({ place, stats }) => trustProblems(place, stats, surroundings)),
  );
  const texts = textsFromRc(places.findLast(({ kind }) => kind === 'named')?.file);
  const files = contents.map(({ place, bytes, stats }) => {
    const text = bytes.toString('utf8');
    if ((texts.get(place.file) ?? text) !== text)
      throw unreadable(place, 'was changed while it was read; try again');
    return { place, text, stats };
  });
  const ignored = found
    .filter((each) => !contents.includes(each))
    .map(({ place }) => `${place.name}: is not read, because no setting of s3-backup is in it`);
  return { files, ignored };
}

const NAMED_ADVICE =
  'use chown or chmod go-w, name another file, or use --trust-config (not with deletion on)';

function trustProblems(
  { kind, file, name }: Place,
  stats: Stats,
  { cwd, trustConfig = false }: Surroundings,
): string[] {
  const read = { file, name, stats };
  if (kind === 'named') return trustConfig ? [] : fileProblems(read, NAMED_ADVICE);
  const advice = 'use chown or chmod go-w if you trust it, or move it';
  return kind === 'found' ? foundFileProblems(read, cwd, advice) : fileProblems(read, advice);
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
  try {
    const { configs } = call(RC_NAME, {}, config === undefined ? {} : { config }, keep);
    // Without any file `configs` can be the text of a variable `backup_configs`.
    const files = texts.length > 0 && Array.isArray(configs) ? configs : [];
    return new Map(files.map((file, index) => [String(file), texts[index] ?? '']));
  } catch (error) {
    // A variable whose name has thousands of `__` exhausts the stack; it is reported as unknown later on.
    if (error instanceof RangeError) return new Map();
    throw error;
  }
}

/** Whether there is a file at this place. In the usual places folders are none, as in rc: `~/.config/backup`. */
function isThere(place: Place): boolean {
  const stats = statOf(place);
  if (stats === undefined || (stats.isDirectory() && place.kind !== 'named')) return false;
  explained(place, () => requireFit(stats, CONFIG_LIMIT));
  return true;
}

function contentOf(place: Place): FileContent {
  return explained(place, () => readRegularFile(place.file, CONFIG_LIMIT));
}

function explained<T>(place: Place, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof UnfitFile) throw unreadable(place, error.message);
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
