import { closeSync, fstatSync, ftruncateSync } from 'node:fs';
import { resolve } from 'node:path';
import { BackupError } from '../../errors.ts';
import { Output, writeAll } from '../../files/output.ts';
import { systemMessage } from '../../source/source-error.ts';

export interface RotatingFileOptions {
  /** The file that lines go to; older ones are `<path>.1`, `<path>.2`, ... */
  readonly path: string;
  /** Bytes after which a new file is begun. */
  readonly maxBytes: number;
  /** Older files that are kept, 0 or more. */
  readonly backups: number;
}

/**
 * A log file that rotates by size. Every line is on its way to the disk when `write` returns: rotating-file-stream and
 * pino-roll lose pending lines on exit, crash or signal, a synchronous write loses none at about 5 µs a line.
 * Files get mode 0600.
 */
export class RotatingFile {
  readonly #output: Output;
  readonly #maxBytes: number;
  readonly #backups: number;
  readonly #onFailure: (error: unknown) => void;
  #fd: number;
  #bytes: number;
  #failed = false;

  /**
   * @param onFailure Told once when a line could not be written later on, a full disk for example. Logging then ends,
   * the run does not.
   * @throws BackupError `LOG_NOT_WRITABLE`
   */
  constructor(options: RotatingFileOptions, onFailure: (error: unknown) => void) {
    const path = resolve(options.path);
    this.#backups = options.backups;
    this.#onFailure = onFailure;
    let output: Output | undefined;
    try {
      output = new Output(path, { makesFolders: true });
      this.#output = output;
      this.#fd = output.open();
      const stats = fstatSync(this.#fd);
      this.#bytes = stats.size;
      // Renaming /dev/null or a FIFO away would take it from everybody.
      this.#maxBytes = stats.isFile() ? options.maxBytes : Number.POSITIVE_INFINITY;
    } catch (error) {
      output?.close();
      throw new BackupError(
        'LOG_NOT_WRITABLE',
        `The log cannot be written: ${path}: ${systemMessage(error)}`,
        {
          hint: 'Check logging.log_file or --log-file.',
          cause: error,
        },
      );
    }
  }

  write(line: string): void {
    if (this.#failed) return;
    try {
      const bytes = Buffer.from(line);
      if (this.#bytes > 0 && this.#bytes + bytes.length > this.#maxBytes) this.#rotate();
      writeAll(this.#fd, bytes);
      this.#bytes += bytes.length;
    } catch (error) {
      this.#failed = true;
      this.#onFailure(error);
    }
  }

  /** The old file stays open until the new one is: should this fail, `close` must not close somebody else's. */
  #rotate(): void {
    if (this.#backups === 0) ftruncateSync(this.#fd);
    else {
      this.#output.shift(this.#backups);
      const fd = this.#output.open();
      closeSync(this.#fd);
      this.#fd = fd;
    }
    this.#bytes = 0;
  }

  close(): void {
    closeSync(this.#fd);
    this.#output.close();
  }
}
