/** The MD5 of a body whose bytes come in pieces. */
export interface RunningMd5 {
  /**
   * @param piece Next bytes, in memory of `pieces`. Only the last piece of a body may be of other than whole blocks of 64 bytes.
   * @param done Called when the memory of the piece may be used again.
   */
  add(piece: Buffer, done: () => void): void;
  /** Hashes what was added without waiting for other bodies. */
  flush(): void;
  /** Remembers the state, so that `rewind` can return to it. All that was added must be done. */
  mark(): void;
  /** Forgets what was added after the last `mark`. Pieces that wait are done. */
  rewind(): void;
  /** The MD5, 16 bytes, when all that was added is done. */
  digest(): Buffer;
}
