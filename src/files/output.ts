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
import type { HeldFolder } from './held-folder.ts';
import { removeLeftFiles, temporaryName } from './temporary-name.ts';
import { type WalkOptions, walk } from './walk.ts';

const { O_WRONLY, O_RDWR, O_CREAT, O_EXCL, O_APPEND, O_NOFOLLOW = 0 } = constants;
/** Looks at what has a name, whatever it is, and does nothing with it. Node.js has no name for it. */
const O_PATH = 0o10000000;

/**
 * The place of a file that the program writes. All of them are opened here, but for those in folders that a process makes for
 * itself alone, so that the rule of `Exposure` holds for all. What stands for an open descriptor (`/dev/stdout`,
 * `/dev/fd/63`) was opened by whoever started the program, and is written to as it is.
 *
 * Every method throws the system's error, or one that says why nothing may be written there.
 */
export class Output {
  /** With the links on the way resolved. */
  readonly path: string;
  readonly #folder: HeldFolder;
  readonly #name: string;
  readonly #isDescriptor: boolean;
  readonly #exposure = new Exposure();

  /** Goes to the place. @param path Absolute. */
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

  /** Whether a new file can take the place of what is there: of a regular file, or of nothing. */
  get isReplaceable(): boolean {
    return !this.#isDescriptor && (this.#stats?.isFile() ?? true);
  }

  get #stats(): Stats | undefined {
    return lstatSync(this.#folder.entry(this.#name), { throwIfNoEntry: false });
  }

  /** Opens what is there to append to it, and makes a file for its owner only where nothing is. */
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
        // Another process has moved it away meanwhile.
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
    // What was looked at is what is opened, and a FIFO of somebody else's is not opened at all.
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

  /** Makes a file to read and write, for its owner only; EEXIST where something has the name. */
  create(name = this.#name): number {
    const flags = O_RDWR | O_APPEND | O_CREAT | O_EXCL | O_NOFOLLOW;
    return openSync(this.#folder.entry(name), flags, 0o600);
  }

  /**
   * Puts a new file in the place of what is there, at once and as a whole. On an error there is still what was there.
   *
   * @param text For example of a generator; what it throws is thrown on.
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
   * Makes sure that `replace` can make a file, and removes the temporary ones that processes which were killed have left of
   * this one a week ago.
   *
   * @returns the paths of what was removed
   */
  prepare(): string[] {
    const name = temporaryName(this.#name);
    const fd = this.create(name);
    const { mtimeMs } = fstatSync(fd);
    closeSync(fd);
    this.remove(name);
    return removeLeftFiles(this.#folder, this.#name, mtimeMs);
  }

  /** Renames the file to `<name>.1`, that to `<name>.2`, and so on; the last one goes. @param count Of them, 1 or more. */
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

  /** Removes the file, after an error as far as it can be. */
  remove(name = this.#name): void {
    try {
      unlinkSync(this.#folder.entry(name));
    } catch {
      // What could not be written may be past removing as well; the error that is thrown names the cause.
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
