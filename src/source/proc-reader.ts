import type { Stats } from 'node:fs';

/** What may be had of a thing in /proc: it, or why not. */
export type ProcResult<T> = T | 'gone' | 'refused';

export type ProcReader = ReturnType<typeof procReader>;

/**
 * Reads folders, files and links in /proc and /sys, where things come and go at any time.
 *
 * Another thread runs it from its text: it uses nothing from outside of itself.
 */
export function procReader() {
  const { lstatSync, readdirSync, readFileSync, readlinkSync, statSync } =
    process.getBuiltinModule('node:fs');
  /** How often a folder is listed at most while its entries go away. */
  const LISTINGS = 3;

  /** @throws every error that says neither, for example EMFILE: whatever it is about stays unknown */
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

  /** Names in a folder: none if this user may not see them, undefined if the folder is gone. */
  function entriesOf(folder: string): string[] | undefined {
    const entries = unlessNone(() => readdirSync(folder));
    if (entries === 'gone') return undefined;
    return entries === 'refused' ? [] : entries;
  }

  function contentOf(path: string): ProcResult<Buffer> {
    return unlessNone(() => readFileSync(path));
  }

  /** A target never equals the other answers: these links hold absolute paths, or numbers. */
  function linkOf(path: string): string {
    return unlessNone(() => readlinkSync(path));
  }

  /** Undefined for any reason. */
  function statOf(path: string): Stats | undefined {
    try {
      return statSync(path, { throwIfNoEntry: false });
    } catch {
      return undefined;
    }
  }

  /** Whether a descriptor or mapping is of a file opened for writing, which its link's permissions tell; true in doubt. */
  function isWritable(link: string): boolean {
    try {
      const stats = lstatSync(link, { throwIfNoEntry: false });
      return stats === undefined || (stats.mode & 0o200) !== 0;
    } catch {
      return true;
    }
  }

  /**
   * Visits every entry of a folder once. If one was gone, the folder is listed again: it may have passed on what it had to
   * one that is new.
   *
   * @param seen Entries that need no visit; those that were visited are added.
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
