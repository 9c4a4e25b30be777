/** The room `files` follows paths, and opens, writes and rotates local files safely, even in folders that others may write to. */
import { closeSync, constants, fstatSync, lstatSync, openSync, type Stats, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { systemCode } from '../core/errors.ts';
import { hasDescriptorPaths } from './descriptor-paths.ts';
import { Exposure } from './exposure.ts';
import { type FollowPathOptions, followPath } from './follow-path.ts';
import { type HeldFolder, O_PATH } from './held-folder.ts';
import { ownDescriptor } from './own-descriptor.ts';
import { doAlone, shiftFiles } from './rotation.ts';

const { O_WRONLY, O_RDWR, O_CREAT, O_EXCL, O_APPEND, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;

/** A file that is open for writing. */
export interface OpenFile {
  readonly fd: number;
  /** Closes the file, except for a descriptor that the program was given. */
  close(): void;
}

export interface OpenOptions {
  /** Whether opening a FIFO without a reader, and writing to a full one, fails instead of waiting. Default false. */
  readonly neverWaits?: boolean | undefined;
}

/**
 * The path of a file that the program writes. Every such file is opened here, so the rule of `Exposure` applies to all of them.
 * A path that stands for a descriptor (`/dev/stdout`, `/dev/fd/63`) was opened by the caller of the program. It is written
 * through that descriptor, whatever it leads to, and never renamed or replaced.
 *
 * Every method throws the system's error, or an error that says why the program does not write there.
 */
export class Output {
  /** Path of the file, with links resolved. */
  readonly path: string;
  protected readonly folder: HeldFolder;
  protected readonly name: string;
  readonly #isDescriptor: boolean;
  readonly #exposure = new Exposure();

  /** @param path Absolute. */
  constructor(path: string, options: Omit<FollowPathOptions, 'onStep'> = {}) {
    const onStep: FollowPathOptions['onStep'] = (step) => this.#exposure.add(step);
    const { folder, name, isDescriptor } = followPath(path, { ...options, onStep });
    this.path = join(folder.path, name);
    this.folder = folder;
    this.name = name;
    this.#isDescriptor = isDescriptor;
    try {
      const stats = this.stats;
      if (stats && !isDescriptor) this.#exposure.require(this.path, stats);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Whether the path leads to a regular file, or to nothing. */
  get isFile(): boolean {
    return !this.#isDescriptor && (this.stats?.isFile() ?? true);
  }

  protected get stats(): Stats | undefined {
    return lstatSync(this.folder.entry(this.name), { throwIfNoEntry: false });
  }

  /** Opens the file for appending, and creates it with mode 0600 if it is missing. */
  open({ neverWaits = false }: OpenOptions = {}): OpenFile {
    const more = neverWaits ? O_NONBLOCK : 0;
    if (this.#isDescriptor) {
      const given = ownDescriptor(this.folder.path, this.name);
      if (given !== undefined) return { fd: given, close: () => undefined };
      return closedBySelf(openSync(this.folder.entry(this.name), O_WRONLY | O_APPEND | more));
    }
    for (;;) {
      try {
        return closedBySelf(this.create());
      } catch (error) {
        if (systemCode(error) !== 'EEXIST') throw error;
      }
      try {
        return closedBySelf(this.openExisting(more));
      } catch (error) {
        // Another process has renamed it.
        if (systemCode(error) !== 'ENOENT') throw error;
      }
    }
  }

  /** @param more Flags beside those of appending. */
  protected openExisting(more = 0): number {
    const entry = this.folder.entry(this.name);
    if (!hasDescriptorPaths) {
      this.#exposure.require(this.path, lstatSync(entry));
      return openSync(entry, O_WRONLY | O_APPEND | O_NOFOLLOW | more);
    }
    // The file that is checked is the one that is opened. Opening a FIFO of another user already has an effect.
    const looked = openSync(entry, O_PATH | O_NOFOLLOW);
    try {
      const stats = fstatSync(looked);
      if (stats.isSymbolicLink()) throw new Error('a link has taken its name');
      this.#exposure.require(this.path, stats);
      return openSync(`/proc/self/fd/${looked}`, O_WRONLY | O_APPEND | more);
    } finally {
      closeSync(looked);
    }
  }

  /** Creates a file with mode 0600, open for reading and appending. Throws EEXIST if the name is taken. */
  create(name = this.name): number {
    const flags = O_RDWR | O_APPEND | O_CREAT | O_EXCL | O_NOFOLLOW;
    return openSync(this.folder.entry(name), flags, 0o600);
  }

  /**
   * Finds out what has the name. `same` is the present state of this file; `isOther` says that the name belongs to another
   * file, or to none, since another process has renamed this one. If the name belongs to a link, for example, neither is set.
   */
  lookFor(file: Stats): { readonly same: Stats | undefined; readonly isOther: boolean } {
    const found = this.stats;
    if (found === undefined || !found.isFile()) return { same: undefined, isOther: found === undefined };
    const isSame = found.dev === file.dev && found.ino === file.ino;
    return { same: isSame ? found : undefined, isOther: !isSame };
  }

  /**
   * Renames the file to `<name>.1`, that one to `<name>.2`, and so on, unless another process is doing that.
   *
   * @param count Number of older files to keep, 1 or more.
   * @param file The file that must have the name; otherwise another process has already renamed it.
   */
  shift(count: number, file: Stats): void {
    doAlone(this.folder, this.name, () => {
      if (!this.lookFor(file).isOther) shiftFiles(this.folder, this.name, count);
    });
  }

  /** Removes the file. Ignores failures: the caller already throws the error that matters. */
  remove(name = this.name): void {
    try {
      unlinkSync(this.folder.entry(name));
    } catch {
      // It may be gone, or past removing.
    }
  }

  close(): void {
    this.folder.close();
  }
}

function closedBySelf(fd: number): OpenFile {
  return { fd, close: () => closeSync(fd) };
}
