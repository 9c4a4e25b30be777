import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readSync,
  renameSync,
} from 'node:fs';
import { systemCode } from '../core/errors.ts';
import { keepAttributes } from './keep-attributes.ts';
import { Output } from './output.ts';
import { isReadOnly } from './read-only.ts';
import { removeLeftFiles, temporaryName } from './temporary-files.ts';
import { writeAll, writeText } from './write-all.ts';

const { O_RDONLY, O_NOFOLLOW = 0 } = constants;
/** System errors of a folder that takes no new file, and of a name that is a mount (`docker run -v file:file`). */
const REFUSALS: ReadonlySet<string | undefined> = new Set(['EACCES', 'EBUSY', 'EPERM', 'EROFS', 'EXDEV']);

/** The path of a file that is written as a whole, for example a report. Use it only if `isFile` is true. */
export class ReplacedOutput extends Output {
  /**
   * Replaces the file by a new one, at once and as a whole. On an error the old file stays. A file that cannot be replaced,
   * since its name is a mount or its folder takes no new file, is overwritten in place; an error then leaves it incomplete.
   *
   * @param text Content of the file. An error of the iterator is rethrown.
   * @param keepsAttributes Whether the new file gets mode and group of the old one. Default false.
   * @param mode Mode of the new file, unless it gets that of the old one. Default 0600.
   */
  replace(text: Iterable<string>, { keepsAttributes = false, mode = 0o600 } = {}): void {
    const name = temporaryName(this.name);
    const fd = this.#createUnlessRefused(name);
    if (fd === undefined) {
      this.#overwrite((to) => writeText(to, text));
      return;
    }
    try {
      try {
        writeText(fd, text);
        const old = this.stats;
        if (keepsAttributes && old) keepAttributes(fd, old);
        else if (mode !== 0o600) fchmodSync(fd, mode);
        fsyncSync(fd);
      } finally {
        closeSync(fd);
      }
      this.#takeName(name);
    } catch (error) {
      this.remove(name);
      throw error;
    }
  }

  #takeName(name: string): void {
    try {
      renameSync(this.folder.entry(name), this.folder.entry(this.name));
    } catch (error) {
      if (!isRefusal(error)) throw error;
      const from = openSync(this.folder.entry(name), O_RDONLY | O_NOFOLLOW);
      try {
        this.#overwrite((to) => copy(from, to));
      } finally {
        closeSync(from);
      }
      this.remove(name);
    }
  }

  #overwrite(write: (fd: number) => void): void {
    const fd = this.openExisting();
    try {
      ftruncateSync(fd);
      write(fd);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  }

  /** Creates a temporary file. @returns undefined if the folder takes no new file, and the output exists already */
  #createUnlessRefused(name: string): number | undefined {
    try {
      return this.create(name);
    } catch (error) {
      if (!isRefusal(error) || this.stats === undefined) throw error;
      return undefined;
    }
  }

  /**
   * Makes sure that `replace` can write. Removes temporary files of this output that killed processes left behind.
   *
   * @returns whether the folder takes new files, and the paths of the removed ones
   */
  prepare(): { readonly takesFiles: boolean; readonly removed: string[] } {
    const name = temporaryName(this.name);
    const fd = this.#createUnlessRefused(name);
    if (fd === undefined) {
      closeSync(this.openExisting());
      return { takesFiles: false, removed: [] };
    }
    const { mtimeMs } = fstatSync(fd);
    closeSync(fd);
    this.remove(name);
    if (this.stats && isReadOnly(this.folder.entry(this.name)))
      throw Object.assign(new Error('EROFS: it is mounted read-only'), { code: 'EROFS' });
    return { takesFiles: true, removed: removeLeftFiles(this.folder, this.name, mtimeMs) };
  }
}

function isRefusal(error: unknown): boolean {
  return REFUSALS.has(systemCode(error));
}

function copy(from: number, to: number): void {
  const chunk = Buffer.allocUnsafe(64 * 1024);
  for (let got = readSync(from, chunk); got > 0; got = readSync(from, chunk))
    writeAll(to, chunk.subarray(0, got));
}
