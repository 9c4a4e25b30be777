/** Counts the bytes of one file on their way to the store, or from it, for a progress display. */
export class ByteCount {
  readonly #onBytes: ((bytes: number) => void) | undefined;
  #moved = 0;
  /** Bytes that an earlier run has moved, so that this run does not move them again. */
  resumed = 0;

  /** @param onBytes Called with each number of bytes that is added. Default: nobody is told. */
  constructor(onBytes?: (bytes: number) => void) {
    this.#onBytes = onBytes;
  }

  /** Adds bytes that were sent or received. Those of a try that is repeated are added again. Can be handed on as a callback. */
  readonly add = (bytes: number): void => {
    this.#moved += bytes;
    this.#onBytes?.(bytes);
  };

  /** Bytes that were moved so far, by this run and by an earlier one. Exceeds the file's size if a try was repeated. */
  get total(): number {
    return this.#moved + this.resumed;
  }
}
