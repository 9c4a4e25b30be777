import { BackupError } from '../core/errors.ts';

/** @param extensions As `normalExtensions` makes them. */
export function hasExtension(path: string, extensions: readonly string[]): boolean {
  const folded = path.normalize('NFC').toLowerCase();
  return extensions.some((end) => folded.endsWith(end));
}

/**
 * Each as `.pdf`, in lower case.
 *
 * @returns undefined if all files are taken
 * @throws BackupError `BAD_OPTION`
 */
export function normalExtensions(extensions: readonly string[]): readonly string[] | undefined {
  if (extensions.some((extension) => extension === '*' || extension === '.*' || extension === '*.*'))
    return undefined;
  return extensions.map((extension) => {
    const bare = extension
      .normalize('NFC')
      .replace(/^\*?\.?/, '')
      .toLowerCase();
    if (bare === '' || /[*?[\]{}/\\]/.test(bare)) {
      throw new BackupError('BAD_OPTION', `fileExtensions: ${JSON.stringify(extension)} is no extension.`, {
        hint: 'Write ".pdf" or "*.pdf"; "*" takes every file. For anything else there are include patterns.',
      });
    }
    return `.${bare}`;
  });
}
