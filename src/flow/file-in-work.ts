/** A file that is being sent or compared, or an object that is being received, for a progress display. */
export interface FileInWork {
  /** Path relative to its source or to the prefix, `/`-separated. */
  readonly path: string;
  /** Size in bytes; of a stream, the number of bytes that were read so far. */
  readonly size: number;
  /** Bytes that were sent, received or read so far; at most `size`. */
  readonly doneBytes: number;
}

/** A file in work whose numbers are read when somebody asks for them. */
export class CountedFile implements FileInWork {
  readonly path: string;
  readonly #content: { readonly size: number };
  readonly #doneBytes: () => number;

  /** @param doneBytes Returns the bytes so far. They may exceed the size, since a request may be repeated. */
  constructor(path: string, content: { readonly size: number }, doneBytes: () => number) {
    this.path = path;
    this.#content = content;
    this.#doneBytes = doneBytes;
  }

  get size(): number {
    return this.#content.size;
  }

  get doneBytes(): number {
    return Math.min(this.size, this.#doneBytes());
  }
}
