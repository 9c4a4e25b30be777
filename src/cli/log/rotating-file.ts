import { fstatSync, ftruncateSync, type Stats } from 'node:fs';
import { resolve } from 'node:path';
import { BackupError, systemMessage } from '../../core/errors.ts';
import { keepAttributes } from '../../files/keep-attributes.ts';
import { currentUser } from '../../files/others.ts';
import { type OpenFile, Output } from '../../files/output.ts';
import { writeAll } from '../../files/write-all.ts';

export interface RotatingFileOptions {
  /** The file that lines go to; older ones are `<path>.1`, `<path>.2`, ... */
  readonly path: string;
  /** Bytes after which a new file is begun. */
  readonly maxBytes: number;
  /** Older files that are kept, 0 or more. */
  readonly backups: number;
}

export interface RotatingFileEvents {
  /** A line could not be written, since the disk is full, for example. Called once: logging ends then, the run does not. */
  readonly onFailure: (error: unknown) => void;
  /** The file cannot be rotated. Called once: it grows without a limit from then on. */
  readonly onNotRotated: (error: unknown) => void;
}

/**
 * A log file that rotates by size. Every line is on its way to the disk when `write` returns: rotating-file-stream and
 * pino-roll lose pending lines on exit, crash or signal, a synchronous write loses none at about 11 µs a line.
 * Several processes may share the file: each looks before each line whether its file still has the name, so a line never goes to
 * a file that others have rotated away long ago. Files get mode 0600, or mode and group of the file before.
 */
export class RotatingFile {
  readonly #output: Output;
  readonly #maxBytes: number;
  readonly #backups: number;
  readonly #events: RotatingFileEvents;
  /** Whether it is a regular file that is reached by a name. */
  readonly #isNamed: boolean;
  #file: OpenFile;
  #stats: Stats;
  #failed = false;
  #rotates: boolean;

  /** @throws BackupError `LOG_NOT_WRITABLE` */
  constructor(options: RotatingFileOptions, events: RotatingFileEvents) {
    const path = resolve(options.path);
    this.#backups = options.backups;
    this.#maxBytes = options.maxBytes;
    this.#events = events;
    let output: Output | undefined;
    try {
      output = new Output(path, { makesFolders: true });
      this.#output = output;
      this.#file = output.open();
      this.#stats = fstatSync(this.#file.fd);
      // To rename /dev/null, a FIFO or what a descriptor leads to would take it from everybody else.
      this.#isNamed = output.isFile;
      this.#rotates = this.#isNamed;
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
      if (this.#rotates) this.#prepareFor(bytes.length);
      writeAll(this.#file.fd, bytes);
    } catch (error) {
      this.#failed = true;
      this.#events.onFailure(error);
    }
  }

  /** Goes on in the same file if it cannot be rotated, or if its new one cannot be opened. */
  #prepareFor(bytes: number): void {
    try {
      const { same, isOther } = this.#output.lookFor(this.#stats);
      if (isOther) this.#openAnew();
      const { size } = same ?? fstatSync(this.#file.fd);
      if (size > 0 && size + bytes > this.#maxBytes) this.#rotate();
    } catch (error) {
      this.#rotates = false;
      this.#events.onNotRotated(error);
    }
  }

  #rotate(): void {
    if (this.#backups === 0) {
      ftruncateSync(this.#file.fd);
      return;
    }
    this.#output.shift(this.#backups, this.#stats);
    if (this.#output.lookFor(this.#stats).isOther) this.#openAnew();
  }

  /** The old file stays open until the new one is. */
  #openAnew(): void {
    const file = this.#output.open();
    this.#file.close();
    this.#file = file;
    const before = this.#stats;
    this.#stats = fstatSync(file.fd);
    const isNew = this.#stats.size === 0 && this.#stats.uid === currentUser();
    if (isNew && !isAlike(this.#stats, before)) keepAttributes(file.fd, before);
  }

  close(): void {
    this.#file.close();
    this.#output.close();
  }
}

function isAlike(a: Stats, b: Stats): boolean {
  return a.mode === b.mode && a.gid === b.gid && a.uid === b.uid;
}
