import { RestoreError } from '../restore/restore-error.ts';

/** Linux, macOS and Windows take no longer name; Windows and macOS count characters, of which there are never more than bytes. */
const MAX_NAME_BYTES = 255;

/** https://learn.microsoft.com/windows/win32/fileio/naming-a-file */
const NOT_ON_WINDOWS = /[<>:"|?*\\\p{Cc}]|[. ]$|^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/iu;

/**
 * Makes sure that a path out of a bucket names something below the folder that it is restored to, and nothing else.
 *
 * @param path The key without the prefix, and without the slash at the end of a folder's.
 * @throws RestoreError `UNSAFE_KEY` or `NAME_TOO_LONG`
 */
export function requireSafePath(path: string, platform: NodeJS.Platform = process.platform): void {
  if (path.includes('\0')) refuse('no name holds a NUL');
  for (const name of path.split('/')) {
    if (name === '') refuse('it has an empty name: two slashes, or one at its beginning or end');
    if (name === '.' || name === '..') refuse(`"${name}" is no name`);
    if (platform === 'win32' && NOT_ON_WINDOWS.test(name)) refuse('Windows takes no such name');
    const bytes = Buffer.byteLength(name);
    if (bytes > MAX_NAME_BYTES) {
      throw new RestoreError(
        'NAME_TOO_LONG',
        `a name in it has ${bytes} bytes, ${MAX_NAME_BYTES} are allowed`,
      );
    }
  }
}

function refuse(why: string): never {
  throw new RestoreError('UNSAFE_KEY', `the key is no path below the folder: ${why}`);
}
