import { closeSync, constants, fstatSync, openSync, type Stats, statSync } from 'node:fs';
import { join } from 'node:path';
import { hasDescriptorPaths } from './descriptor-paths.ts';
import { isReadOnly } from './read-only.ts';

const { O_DIRECTORY = 0, O_NOFOLLOW = 0 } = constants;
/** Flag that opens an entry only to examine it, which needs no permission on it. Node.js has no name for it. */
export const O_PATH = 0o10000000;

/**
 * A folder that is held open. Entries that are addressed through it stay in this folder, even if another folder takes its name.
 * On systems other than Linux, entries are addressed by their paths.
 */
export class HeldFolder {
  /** Path of the folder, for messages. */
  readonly path: string;
  readonly #fd: number | undefined;

  private constructor(path: string, address: string) {
    this.path = path;
    this.#fd = hasDescriptorPaths ? openSync(address, O_PATH | O_DIRECTORY | O_NOFOLLOW) : undefined;
  }

  /** @throws the system's error */
  static root(path: string): HeldFolder {
    return new HeldFolder(path, path);
  }

  /**
   * Opens a folder in this one; `..` is its parent.
   *
   * @throws the system's error; ENOTDIR for a link
   */
  child(name: string): HeldFolder {
    return new HeldFolder(join(this.path, name), this.entry(name));
  }

  get stats(): Stats {
    return this.#fd === undefined ? statSync(this.path) : fstatSync(this.#fd);
  }

  /**
   * Whether the folder is on a read-only file system or mount, so that nobody can create, rename or remove an entry by this
   * path.
   */
  get isReadOnly(): boolean {
    return isReadOnly(this.entry('.'));
  }

  /** The path that addresses an entry of this folder. */
  entry(name: string): string {
    return this.#fd === undefined ? join(this.path, name) : `/proc/self/fd/${this.#fd}/${name}`;
  }

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
  }
}
