import { closeSync, constants, fstatSync, openSync, type Stats, statSync } from 'node:fs';
import { join } from 'node:path';
import { hasDescriptorPaths } from '../source/root.ts';

const { O_DIRECTORY = 0, O_NOFOLLOW = 0 } = constants;
/** Needs no permission to read the folder. Node.js has no name for it. */
const O_PATH = 0o10000000;

/**
 * A folder that is held open where the system allows it: what is addressed through it stays in this folder, whatever takes
 * the folder's name meanwhile. Elsewhere than on Linux it is addressed by its path.
 */
export class HeldFolder {
  /** As messages name it. */
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
   * Opens a folder in this one; `..` is the one that this one is in.
   *
   * @throws the system's error; ENOTDIR for a link
   */
  child(name: string): HeldFolder {
    return new HeldFolder(join(this.path, name), this.entry(name));
  }

  get stats(): Stats {
    return this.#fd === undefined ? statSync(this.path) : fstatSync(this.#fd);
  }

  /** The path by which something in this folder is addressed. */
  entry(name: string): string {
    return this.#fd === undefined ? join(this.path, name) : `/proc/self/fd/${this.#fd}/${name}`;
  }

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
  }
}
