import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';

/** Bodies of up to this many bytes are written and read by one blocking call instead of several asynchronous ones. */
const SMALL_BYTES = 256 * 1024;

/** Writes one body to the disk. Must be ended once, by {@link BlobWriter.finish} or {@link BlobWriter.discard}. */
export class BlobWriter {
  readonly id = randomUUID();
  readonly #path: string;
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  #file: FileHandle | undefined;

  constructor(folder: string) {
    this.#path = join(folder, this.id);
  }

  /** Adds bytes. The caller must await the promise, if one is returned, before the next call. */
  write(bytes: Buffer): Promise<void> | undefined {
    this.#pending.push(bytes);
    this.#pendingBytes += bytes.length;
    return this.#pendingBytes > SMALL_BYTES ? this.#flush() : undefined;
  }

  async #flush(): Promise<void> {
    this.#file ??= await open(this.#path, 'wx', 0o600);
    const buffers = this.#pending;
    this.#pending = [];
    this.#pendingBytes = 0;
    await writeFully(this.#file, buffers);
  }

  /** Writes the rest. @returns the blob's id */
  async finish(): Promise<string> {
    if (this.#file === undefined) {
      const bytes = this.#pending.length === 1 ? (this.#pending[0] as Buffer) : Buffer.concat(this.#pending);
      writeFileSync(this.#path, bytes, { flag: 'wx', mode: 0o600 });
    } else {
      await this.#flush();
      await this.#file.close();
    }
    this.#pending = [];
    return this.id;
  }

  /** Removes the file, for a body that broke off or failed a check. */
  async discard(): Promise<void> {
    this.#pending = [];
    await this.#file?.close();
    rmSync(this.#path, { force: true });
  }
}

async function writeFully(file: FileHandle, buffers: readonly Buffer[]): Promise<void> {
  const all = Buffer.concat(buffers);
  for (let at = 0; at < all.length; ) at += (await file.write(all, at)).bytesWritten;
}

/**
 * The bytes of one bucket, in files with random names in one folder, so that a key is never used as a path. A blob never changes:
 * overwriting an object writes a new blob.
 */
export class Blobs {
  readonly #folder: string;
  /** Number of readers by blob. A blob that is removed while it is read is deleted after its last reader. */
  readonly #readers = new Map<string, number>();
  readonly #doomed = new Set<string>();

  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }

  /** Begins a new blob. */
  create(): BlobWriter {
    return new BlobWriter(this.#folder);
  }

  /** Removes the files that nothing refers to: bodies that were being received when the last process ended. */
  removeOthers(referenced: ReadonlySet<string>): void {
    for (const name of readdirSync(this.#folder))
      if (!referenced.has(name)) unlinkSync(join(this.#folder, name));
  }

  /** Removes the folder and everything in it. */
  removeFolder(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Removes blobs; those that are being read are removed later. */
  remove(ids: Iterable<string>): void {
    for (const id of ids) {
      if (this.#readers.has(id)) this.#doomed.add(id);
      else rmSync(join(this.#folder, id), { force: true });
    }
  }

  /** Protects blobs from removal while they are read. @returns a function that ends the protection */
  hold(ids: readonly string[]): () => void {
    for (const id of ids) this.#readers.set(id, (this.#readers.get(id) ?? 0) + 1);
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      for (const id of ids) this.#release(id);
    };
  }

  #release(id: string): void {
    const left = (this.#readers.get(id) ?? 1) - 1;
    if (left > 0) {
      this.#readers.set(id, left);
      return;
    }
    this.#readers.delete(id);
    if (this.#doomed.delete(id)) this.remove([id]);
  }

  /** Reads a whole small blob. */
  readSmall(id: string): Buffer {
    return readFileSync(join(this.#folder, id));
  }

  /** Reads the bytes from `start` up to, not including, `end`. */
  async *read(id: string, start: number, end: number): AsyncGenerator<Buffer, void, undefined> {
    const file = await open(join(this.#folder, id), 'r');
    try {
      for (let at = start; at < end; ) {
        const { bytesRead, buffer } = await file.read(
          Buffer.allocUnsafe(Math.min(SMALL_BYTES, end - at)),
          0,
          undefined,
          at,
        );
        if (bytesRead === 0) throw new Error(`blob ${id} ends at ${at}, before ${end}`);
        at += bytesRead;
        yield buffer.subarray(0, bytesRead);
      }
    } finally {
      await file.close();
    }
  }

  /** Inverts the lowest bit of the first byte, as a damaged disk would. Does nothing to an empty blob. */
  async flipByte(id: string): Promise<void> {
    const file = await open(join(this.#folder, id), 'r+');
    try {
      const byte = Buffer.alloc(1);
      if ((await file.read(byte, 0, 1, 0)).bytesRead === 0) return;
      await file.write(Buffer.from([byte.readUInt8(0) ^ 1]), 0, 1, 0);
    } finally {
      await file.close();
    }
  }
}
