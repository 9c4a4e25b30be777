/** The bytes that may be sent of one file. Every body that is sent takes its bytes from it, also a body that is sent again. */
export interface Allowance {
  /**
   * Takes the bytes of a body before it is sent.
   *
   * @param isRepeat Whether this body was sent before. Its bytes then come on top of those of the file.
   * @throws BackupError `MAX_TRANSFER` if the run may not send as many bytes more
   */
  take(bytes: number, isRepeat: boolean): Promise<void>;
  /** Gives back the bytes of a body that was certainly not sent. @param isRepeat As given to `take`. */
  giveBack(bytes: number, isRepeat: boolean): void;
  /** Called once when no more is sent of the file. */
  end(): void;
}
