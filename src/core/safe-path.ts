/** Longest name on Linux, in bytes. Windows and macOS count characters, of which there are never more. */
const MAX_NAME_BYTES = 255;

/** Names that Windows does not allow (https://learn.microsoft.com/windows/win32/fileio/naming-a-file). */
const NOT_ON_WINDOWS = /[<>:"|?*\\\p{Cc}]|[. ]$|^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/iu;

/** Reason why a path is refused as the path of a restored file. */
export interface PathTrouble {
  readonly code: 'UNSAFE_KEY' | 'NAME_TOO_LONG';
  readonly reason: string;
}

/**
 * Checks that a path from a bucket stays below the folder to which it is restored.
 *
 * @param path The key without the prefix, and for a folder without the slash at its end.
 * @returns the reason to refuse it; undefined if it is safe
 */
export function pathTrouble(
  path: string,
  platform: NodeJS.Platform = process.platform,
): PathTrouble | undefined {
  if (path.includes('\0')) return unsafe('no name contains a NUL');
  for (const name of path.split('/')) {
    if (name === '') return unsafe('it has an empty name: two slashes, or one at its beginning or end');
    if (name === '.' || name === '..') return unsafe(`"${name}" is not a name`);
    if (platform === 'win32' && NOT_ON_WINDOWS.test(name))
      return unsafe('Windows does not allow such a name');
    const bytes = Buffer.byteLength(name);
    if (bytes > MAX_NAME_BYTES) {
      const reason = `a name in it has ${bytes} bytes, ${MAX_NAME_BYTES} are allowed`;
      return { code: 'NAME_TOO_LONG', reason };
    }
  }
  return undefined;
}

function unsafe(why: string): PathTrouble {
  return { code: 'UNSAFE_KEY', reason: `the key is not a path below the folder: ${why}` };
}
