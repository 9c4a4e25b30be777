import { closeSync, constants, fstatSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Writable } from 'node:stream';
import { BackupError, systemCode, systemMessage } from '../../core/errors.ts';
import { isInnerPipe } from '../../files/inner-pipe.ts';
import { type OpenFile, Output } from '../../files/output.ts';
import { writeAll } from '../../files/write-all.ts';
import { isStdout } from '../session/is-stdout.ts';

const { O_WRONLY, O_NONBLOCK = 0 } = constants;

/** The place to which events are written. */
export interface EventOutput {
  /** Whether it is a regular file, which each run begins anew. */
  readonly isFile: boolean;
  /** Empties a regular file. */
  begin(): void;
  /** Writes bytes. A regular file has them when the call returns; a pipe when the promise resolves. @throws the system's error */
  write(bytes: Uint8Array): Promise<void> | undefined;
  /** Closes the place, also while bytes are being written. */
  close(): void;
}

/** The path of the place that a setting names: `fd:3` stands for a descriptor that the program was given. */
export function pathOfEvents(setting: string): string {
  return setting.replace(/^fd:/, '/dev/fd/');
}

/**
 * Makes sure that a descriptor was given to the program. If the program has opened files meanwhile, the descriptor could be one
 * of these.
 *
 * @param setting Any place; one that is no descriptor passes.
 * @throws BackupError `REPORT_NOT_WRITABLE`
 */
export function requireGiven(setting: string): void {
  const [, number] = /^\/(?:dev|proc\/self)\/fd\/(\d+)$/.exec(pathOfEvents(setting)) ?? [];
  if (number === undefined || isStdout(setting)) return;
  try {
    writeSync(Number(number), new Uint8Array(0));
    if (isInnerPipe(Number(number))) throw new Error('it is a pipe within the program itself');
  } catch (error) {
    throw notWritable(setting, error);
  }
}

/**
 * Opens the place of the events. Nothing is written to it, and a file keeps its content.
 *
 * @param setting A path, `-` for stdout, or `fd:N`.
 * @throws BackupError `REPORT_NOT_WRITABLE`
 */
export function openEventOutput(setting: string, stdout: Writable): EventOutput {
  if (isStdout(setting)) return new StreamOutput(stdout, () => undefined);
  let output: Output | undefined;
  try {
    output = new Output(pathOfEvents(setting));
    const file = output.open({ neverWaits: true });
    const stats = fstatSync(file.fd);
    if (stats.isFIFO() || stats.isSocket()) return streamOf(file, stats.isFIFO());
    return new FileOutput(file, stats.isFile() && output.isFile);
  } catch (error) {
    throw notWritable(setting, error);
  } finally {
    output?.close();
  }
}

function notWritable(setting: string, cause: unknown): BackupError {
  const notGiven =
    'The program was not given this descriptor for writing: in a shell, 3>FILE or 3>&1 gives it.';
  const hints: Readonly<Record<string, string>> = {
    ENXIO: 'No program has this pipe open for reading: start the reader first.',
    EBADF: notGiven,
    EINVAL: notGiven,
    ENOENT: 'Check report.events or --events: its folder must exist.',
  };
  return new BackupError(
    'REPORT_NOT_WRITABLE',
    `The events cannot be written: ${setting}: ${systemMessage(cause)}`,
    { hint: hints[systemCode(cause) ?? ''] ?? 'Check report.events or --events.', cause },
  );
}

/** A file or a device: bytes are written at once. */
class FileOutput implements EventOutput {
  readonly isFile: boolean;
  readonly #file: OpenFile;

  constructor(file: OpenFile, isFile: boolean) {
    this.isFile = isFile;
    this.#file = file;
  }

  begin(): void {
    if (this.isFile) ftruncateSync(this.#file.fd);
  }

  write(bytes: Uint8Array): undefined {
    writeAll(this.#file.fd, bytes);
  }

  close(): void {
    this.#file.close();
  }
}

/** A pipe or a socket: a reader that is slow blocks nothing. */
class StreamOutput implements EventOutput {
  readonly isFile = false;
  readonly #stream: Writable;
  readonly #close: () => void;

  constructor(stream: Writable, close: () => void) {
    this.#stream = stream;
    this.#close = close;
    // The callback of each write gets the error, too.
    stream.on('error', ignore);
  }

  begin(): void {}

  write(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#stream.write(bytes, (error) => (error ? reject(error) : resolve()));
    });
  }

  close(): void {
    this.#close();
    if (!this.#stream.destroyed) this.#stream.off('error', ignore);
  }
}

function ignore(): void {}

function streamOf(file: OpenFile, isFifo: boolean): EventOutput {
  const own = isFifo ? openedAgain(file) : undefined;
  const socket = new Socket({ fd: own ?? file.fd, readable: false, writable: true });
  return new StreamOutput(socket, () => socket.destroy());
}

/**
 * Opens a pipe again, so that writing without waiting is a matter of this process alone: programs that share the descriptor
 * share its flags. @returns undefined if the system does not allow that
 */
function openedAgain({ fd, close }: OpenFile): number | undefined {
  try {
    const own = openSync(`/proc/self/fd/${fd}`, O_WRONLY | O_NONBLOCK);
    try {
      close();
    } catch (error) {
      closeSync(own);
      throw error;
    }
    return own;
  } catch {
    return undefined;
  }
}
