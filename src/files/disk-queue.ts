import { closeSync, ftruncateSync, readSync } from 'node:fs';
import { createUnnamedFile } from './unnamed-file.ts';
import { writeAll } from './write-all.ts';

/** A queue of bytes on the disk, in a file without a name. Every method throws the system's error. */
export class DiskQueue {
  readonly #folder: string;
  #fd: number | undefined;
  #position = 0;
  #size = 0;

  /** @param folder Folder on whose file system the file is created when it is needed. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Number of bytes in the queue. */
  get length(): number {
    return this.#size - this.#position;
  }

  add(bytes: Uint8Array): void {
    this.#fd ??= createUnnamedFile(this.#folder);
    writeAll(this.#fd, bytes);
    this.#size += bytes.length;
  }

  /** Removes up to so many of the oldest bytes and returns them. */
  take(most: number): Buffer {
    if (this.#fd === undefined || this.length === 0) return Buffer.alloc(0);
    const chunk = Buffer.allocUnsafe(Math.min(most, this.length));
    const got = readSync(this.#fd, chunk, 0, chunk.length, this.#position);
    this.#position += got;
    if (this.length === 0) {
      // Frees the blocks. The file is open for appending, so the next bytes are at its beginning.
      ftruncateSync(this.#fd);
      this.#position = 0;
      this.#size = 0;
    }
    return chunk.subarray(0, got);
  }

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }
}
