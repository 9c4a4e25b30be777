import { closeSync, fstatSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { BackupError, messageOf, systemCode } from '../../errors.ts';

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
  readonly #path: string;
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
    this.#path = resolve(options.path);
    this.#backups = options.backups;
    this.#onFailure = onFailure;
    try {
      mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 });
      this.#fd = openSync(this.#path, 'a', 0o600);
      const stats = fstatSync(this.#fd);
      this.#bytes = stats.size;
      // Renaming /dev/null or a FIFO away would take it from everybody.
      this.#maxBytes = stats.isFile() ? options.maxBytes : Number.POSITIVE_INFINITY;
    } catch (error) {
      throw new BackupError(
        'LOG_NOT_WRITABLE',
        `The log cannot be written: ${this.#path}: ${messageOf(error)}`,
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
      for (let written = 0; written < bytes.length; ) written += writeSync(this.#fd, bytes, written);
      this.#bytes += bytes.length;
    } catch (error) {
      this.#failed = true;
      this.#onFailure(error);
    }
  }

  /** The old file stays open until the new one is: should this fail, `close` must not close somebody else's. */
  #rotate(): void {
    for (let number = this.#backups; number > 0; number -= 1) {
      moveIfThere(number === 1 ? this.#path : `${this.#path}.${number - 1}`, `${this.#path}.${number}`);
    }
    const fd = openSync(this.#path, this.#backups === 0 ? 'w' : 'a', 0o600);
    closeSync(this.#fd);
    this.#fd = fd;
    this.#bytes = 0;
  }

  close(): void {
    closeSync(this.#fd);
  }
}

function moveIfThere(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
  }
}
