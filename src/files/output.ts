import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  lstatSync,
  openSync,
  renameSync,
  type Stats,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { systemCode } from '../errors.ts';
import { hasDescriptorPaths } from '../source/root.ts';
import { Exposure } from './exposure.ts';
import { type HeldFolder, O_PATH } from './held-folder.ts';
import { removeLeftFiles, temporaryName } from './temporary-files.ts';
import { type WalkOptions, walk } from './walk.ts';

const { O_WRONLY, O_RDWR, O_CREAT, O_EXCL, O_APPEND, O_NOFOLLOW = 0 } = constants;

/**
 * The place of a file that the program writes. Every such file is opened here, so that the rule of `Exposure` holds for all of
 * them. The caller of the program has opened what stands for a descriptor (`/dev/stdout`, `/dev/fd/63`); it is written to
 * as it is.
 *
 * Every method throws the system's error, or one that says why the program does not write there.
 */
export class Output {
  /** With links resolved. */
  readonly path: string;
  readonly #folder: HeldFolder;
  readonly #name: string;
  readonly #isDescriptor: boolean;
  readonly #exposure = new Exposure();

  /** @param path Absolute. */
  constructor(path: string, options: Omit<WalkOptions, 'onStep'> = {}) {
    const onStep: WalkOptions['onStep'] = (step) => this.#exposure.add(step);
    const { folder, name, isDescriptor } = walk(path, { ...options, onStep });
    this.path = join(folder.path, name);
    this.#folder = folder;
    this.#name = name;
    this.#isDescriptor = isDescriptor;
    try {
      const stats = this.#stats;
      if (stats && !isDescriptor) this.#exposure.require(this.path, stats);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Whether `replace` can be used: there is a regular file, or nothing. */
  get isReplaceable(): boolean {
    return !this.#isDescriptor && (this.#stats?.isFile() ?? true);
  }

  get #stats(): Stats | undefined {
    return lstatSync(this.#folder.entry(this.#name), { throwIfNoEntry: false });
  }

  /** Opens the file to append to it; makes it with mode 0600 if it is missing. */
  open(): number {
    if (this.#isDescriptor) return openSync(this.#folder.entry(this.#name), O_WRONLY | O_APPEND);
    for (;;) {
      try {
        return this.create();
      } catch (error) {
        if (systemCode(error) !== 'EEXIST') throw error;
      }
      try {
        return this.#openExisting();
      } catch (error) {
        // Another process has moved it away.
        if (systemCode(error) !== 'ENOENT') throw error;
      }
    }
  }

  #openExisting(): number {
    const entry = this.#folder.entry(this.#name);
    if (!hasDescriptorPaths) {
      this.#exposure.require(this.path, lstatSync(entry));
      return openSync(entry, O_WRONLY | O_APPEND | O_NOFOLLOW);
    }
    // The file that is checked is the one that is opened. Opening another user's FIFO would already have an effect.
    const looked = openSync(entry, O_PATH | O_NOFOLLOW);
    try {
      const stats = fstatSync(looked);
      if (stats.isSymbolicLink()) throw new Error('a link has taken its name');
      this.#exposure.require(this.path, stats);
      return openSync(`/proc/self/fd/${looked}`, O_WRONLY | O_APPEND);
    } finally {
      closeSync(looked);
    }
  }

  /** Makes a file with mode 0600, open for reading and appending. Throws EEXIST if the name is taken. */
  create(name = this.#name): number {
    const flags = O_RDWR | O_APPEND | O_CREAT | O_EXCL | O_NOFOLLOW;
    return openSync(this.#folder.entry(name), flags, 0o600);
  }

  /**
   * Replaces the file by a new one, at once and as a whole. On an error the old file stays.
   *
   * @param text An error of the iterator is thrown on.
   */
  replace(text: Iterable<string>): void {
    const name = temporaryName(this.#name);
    const fd = this.create(name);
    try {
      try {
        writeText(fd, text);
        fsyncSync(fd);
      } finally {
        closeSync(fd);
      }
      renameSync(this.#folder.entry(name), this.#folder.entry(this.#name));
    } catch (error) {
      this.remove(name);
      throw error;
    }
  }

  /**
   * Makes sure that `replace` can make a file. Removes temporary files of this output that killed processes left behind.
   *
   * @returns the paths of the removed files
   */
  prepare(): string[] {
    const name = temporaryName(this.#name);
    const fd = this.create(name);
    const { mtimeMs } = fstatSync(fd);
    closeSync(fd);
    this.remove(name);
    return removeLeftFiles(this.#folder, this.#name, mtimeMs);
  }

  /** Renames the file to `<name>.1`, that one to `<name>.2`, and so on. @param count Older files to keep, 1 or more. */
  shift(count: number): void {
    for (let number = count; number > 0; number -= 1) {
      const older = number === 1 ? this.#name : `${this.#name}.${number - 1}`;
      try {
        renameSync(this.#folder.entry(older), this.#folder.entry(`${this.#name}.${number}`));
      } catch (error) {
        if (systemCode(error) !== 'ENOENT') throw error;
      }
    }
  }

  /** Removes the file. Ignores failures: the caller already throws the error that matters. */
  remove(name = this.#name): void {
    try {
      unlinkSync(this.#folder.entry(name));
    } catch {
      // It may be gone, or past removing.
    }
  }

  close(): void {
    this.#folder.close();
  }
}

const BATCH_CHARACTERS = 64 * 1024;

/** Writes text to a descriptor in large pieces. */
export function writeText(fd: number, text: Iterable<string>): void {
  let batch = '';
  for (const piece of text) {
    batch += piece;
    if (batch.length < BATCH_CHARACTERS) continue;
    writeAll(fd, Buffer.from(batch));
    batch = '';
  }
  writeAll(fd, Buffer.from(batch));
}

/** A disk that is nearly full takes a part of a write without an error. */
export function writeAll(fd: number, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length; ) written += writeSync(fd, bytes, written);
}
