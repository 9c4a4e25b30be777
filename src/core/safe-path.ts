/** The longest name on Linux, in bytes. Windows and macOS count characters, which are never more. */
const MAX_NAME_BYTES = 255;

/** https://learn.microsoft.com/windows/win32/fileio/naming-a-file */
const NOT_ON_WINDOWS = /[<>:"|?*\\\p{Cc}]|[. ]$|^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/iu;

/** Why a path names nothing below a folder. */
export interface PathTrouble {
  readonly code: 'UNSAFE_KEY' | 'NAME_TOO_LONG';
  readonly reason: string;
}

/**
 * Whether a path out of a bucket names something below the folder that it is restored to, and nothing else.
 *
 * @param path The key without the prefix, and without the slash at the end of a folder's.
 * @returns undefined for a path that does
 */
export function pathTrouble(
  path: string,
  platform: NodeJS.Platform = process.platform,
): PathTrouble | undefined {
  if (path.includes('\0')) return unsafe('no name holds a NUL');
  for (const name of path.split('/')) {
    if (name === '') return unsafe('it has an empty name: two slashes, or one at its beginning or end');
    if (name === '.' || name === '..') return unsafe(`"${name}" is no name`);
    if (platform === 'win32' && NOT_ON_WINDOWS.test(name)) return unsafe('Windows takes no such name');
    const bytes = Buffer.byteLength(name);
    if (bytes > MAX_NAME_BYTES) {
      const reason = `a name in it has ${bytes} bytes, ${MAX_NAME_BYTES} are allowed`;
      return { code: 'NAME_TOO_LONG', reason };
    }
  }
  return undefined;
}

function unsafe(why: string): PathTrouble {
  return { code: 'UNSAFE_KEY', reason: `the key is no path below the folder: ${why}` };
}
