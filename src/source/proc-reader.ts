import type { Stats } from 'node:fs';

/** Result of a read in /proc: the value, or why there is none. */
export type ProcResult<T> = T | 'gone' | 'refused';

export type ProcReader = ReturnType<typeof procReader>;

/**
 * Makes functions that read folders, files and links in /proc and /sys, where entries come and go at any time.
 *
 * A helper thread runs this function from its source text, so it uses nothing outside of itself.
 */
export function procReader() {
  const { lstatSync, readdirSync, readFileSync, readlinkSync, statSync } =
    process.getBuiltinModule('node:fs');
  /** Most times that a folder is listed while its entries disappear. */
  const LISTINGS = 3;

  /** @throws any error that means neither `gone` nor `refused`, for example EMFILE: the answer then stays unknown */
  function unlessNone<T>(read: () => T): ProcResult<T> {
    try {
      return read();
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException;
      if (['ENOENT', 'ESRCH'].includes(code)) return 'gone';
      if (['EACCES', 'EPERM'].includes(code)) return 'refused';
      throw error;
    }
  }

  /** Names in a folder; empty if this user may not see them, undefined if the folder is gone. */
  function entriesOf(folder: string): string[] | undefined {
    const entries = unlessNone(() => readdirSync(folder));
    if (entries === 'gone') return undefined;
    return entries === 'refused' ? [] : entries;
  }

  function contentOf(path: string): ProcResult<Buffer> {
    return unlessNone(() => readFileSync(path));
  }

  /** Target of a link. It never equals `gone` or `refused`, since these links contain absolute paths or numbers. */
  function linkOf(path: string): string {
    return unlessNone(() => readlinkSync(path));
  }

  /** State of an entry; undefined for any error. */
  function statOf(path: string): Stats | undefined {
    try {
      return statSync(path, { throwIfNoEntry: false });
    } catch {
      return undefined;
    }
  }

  /**
   * Whether a descriptor or a mapping belongs to a file that was opened for writing, by the permissions of its link; true if
   * that is unclear.
   */
  function isWritable(link: string): boolean {
    try {
      const stats = lstatSync(link, { throwIfNoEntry: false });
      return stats === undefined || (stats.mode & 0o200) !== 0;
    } catch {
      return true;
    }
  }

  /**
   * Visits every entry of a folder once. If an entry was gone, the folder is listed again, since a new entry may have inherited
   * what it had.
   *
   * @param seen Entries that need no visit; visited ones are added.
   * @param visit Returns false if the entry was gone.
   * @returns `seen`, or undefined if the folder is gone
   */
  function visitAll(
    folder: string,
    seen: Set<string>,
    visit: (entry: string) => boolean,
  ): Set<string> | undefined {
    for (let listing = 0, isWhole = false; listing < LISTINGS && !isWhole; listing++) {
      isWhole = true;
      const entries = entriesOf(folder);
      if (entries === undefined) return undefined;
      for (const entry of entries) {
        if (seen.has(entry)) continue;
        if (visit(entry)) seen.add(entry);
        else isWhole = false;
      }
    }
    return seen;
  }

  return { contentOf, entriesOf, isWritable, linkOf, statOf, visitAll };
}
