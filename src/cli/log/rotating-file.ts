import { fstatSync, ftruncateSync, type Stats } from 'node:fs';
import { resolve } from 'node:path';
import { BackupError, systemMessage } from '../../core/errors.ts';
import { keepAttributes } from '../../files/keep-attributes.ts';
import { currentUser } from '../../files/others.ts';
import { type OpenFile, Output } from '../../files/output.ts';
import { writeAll } from '../../files/write-all.ts';

export interface RotatingFileOptions {
  /** Path of the current log file; older files are `<path>.1`, `<path>.2`, ... */
  readonly path: string;
  /** Size in bytes above which a new file is begun. */
  readonly maxBytes: number;
  /** Number of older files that are kept; 0 or more. */
  readonly backups: number;
}

export interface RotatingFileEvents {
  /** Called once if a line cannot be written, for example because the disk is full. Logging stops then; the run continues. */
  readonly onFailure: (error: unknown) => void;
  /** Called once if the file cannot be rotated. From then on it grows without a limit. */
  readonly onNotRotated: (error: unknown) => void;
}

/**
 * A log file that rotates by size. Lines are written synchronously, at about 11 µs each: rotating-file-stream and pino-roll
 * lose pending lines on exit, crash or signal.
 * Several processes may share the file. Before each line a process checks whether its file still has the name, so that no line
 * goes to a file that another process rotated away. A new file gets mode 0600, or the mode and group of the file before.
 */
export class RotatingFile {
  readonly #output: Output;
  readonly #maxBytes: number;
  readonly #backups: number;
  readonly #events: RotatingFileEvents;
  /** Whether it is a regular file with a name, so that it can be rotated. */
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
      // Renaming /dev/null, a FIFO or the target of a descriptor would take it away from other programs.
      this.#isNamed = output.isFile;
      this.#rotates = this.#isNamed;
    } catch (error) {
      output?.close();
      throw new BackupError(
        'LOG_NOT_WRITABLE',
        `The log file cannot be written: ${path}: ${systemMessage(error)}`,
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

  /** Rotates if the next line would exceed the limit. If that fails, the same file is used further. */
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

  /** Opens the file that has the name now. The old file stays open until the new one is open. */
  #openAnew(): void {
    const file = this.#output.open();
    this.#file.close();
    this.#file = file;
    const before = this.#stats;
    this.#stats = fstatSync(file.fd);
    const isNew = this.#stats.size === 0 && this.#stats.uid === currentUser();
    if (isNew && !haveSameAttributes(this.#stats, before)) keepAttributes(file.fd, before);
  }

  close(): void {
    this.#file.close();
    this.#output.close();
  }
}

function haveSameAttributes(a: Stats, b: Stats): boolean {
  return a.mode === b.mode && a.gid === b.gid && a.uid === b.uid;
}
