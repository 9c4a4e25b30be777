import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs';

const { O_RDONLY, O_NONBLOCK = 0 } = constants;
const MIB = 1024 ** 2;

/** Size limit of a file, so that a device or a disk image under its name does not fill the memory. */
export interface FileLimit {
  readonly mebibytes: number;
  /** Kind of file that is expected, for the message: `configuration`. */
  readonly kind: string;
}

/** An entry that is not read, because it is not a regular file or is too large. `message` follows its name. */
export class UnfitFile extends Error {
  override readonly name = 'UnfitFile';
}

/** The content of a file, and its state when it was opened. */
export interface FileContent {
  readonly bytes: Buffer;
  readonly stats: Stats;
}

/**
 * Reads a file through one descriptor, so that `stats` belongs to the content that was read, even if another file has taken the
 * name meanwhile. Opening a device can have an effect, so callers check the target with `requireFit` before.
 *
 * @throws UnfitFile; the system's error if the file cannot be opened or read
 */
export function readRegularFile(file: string, limit: FileLimit): FileContent {
  // The flag avoids waiting for a pipe that has taken the name.
  const fd = openSync(file, O_RDONLY | O_NONBLOCK);
  try {
    const stats = fstatSync(fd);
    requireFit(stats, limit);
    return { bytes: readAll(fd, limit), stats };
  } finally {
    closeSync(fd);
  }
}

/** @throws UnfitFile */
export function requireFit(stats: Stats, limit: FileLimit): void {
  if (stats.isDirectory()) throw new UnfitFile('is a folder, not a file');
  if (!stats.isFile()) throw new UnfitFile('is not a regular file (pipes and devices are not read)');
  if (stats.size > limit.mebibytes * MIB) throw tooLarge(limit);
}

/** Reads to the end, whatever the size says: a file may grow, and files in /proc report a size of 0. */
function readAll(fd: number, limit: FileLimit): Buffer {
  const maxBytes = limit.mebibytes * MIB;
  const bytes = Buffer.allocUnsafe(maxBytes + 1);
  let length = 0;
  for (let got = -1; got !== 0; length += got) got = readSync(fd, bytes, length, bytes.length - length, null);
  if (length > maxBytes) throw tooLarge(limit);
  return Buffer.from(bytes.subarray(0, length));
}

function tooLarge({ mebibytes, kind }: FileLimit): UnfitFile {
  return new UnfitFile(`is larger than ${mebibytes} MiB; this is not a ${kind}`);
}
