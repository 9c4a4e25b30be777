import { BackupError } from '../core/errors.ts';

/** Whether a path ends in one of the extensions, in any case. @param extensions What `normalExtensions` returns. */
export function hasExtension(path: string, extensions: readonly string[]): boolean {
  const folded = path.normalize('NFC').toLowerCase();
  return extensions.some((end) => folded.endsWith(end));
}

/**
 * Brings every extension into the form `.pdf`, in lower case and in NFC.
 *
 * @returns undefined if one of them stands for all files (`*`)
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
      throw new BackupError(
        'BAD_OPTION',
        `fileExtensions: ${JSON.stringify(extension)} is not an extension.`,
        {
          hint: 'Write ".pdf" or "*.pdf"; "*" selects every file. For anything else use include patterns.',
        },
      );
    }
    return `.${bare}`;
  });
}
