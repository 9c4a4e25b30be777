import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs';

const { O_RDONLY, O_NONBLOCK = 0 } = constants;
const MIB = 1024 ** 2;

/** How large a file may be: a device or a disk image under its name must not fill the memory. */
export interface FileLimit {
  readonly mebibytes: number;
  /** What the file should be, for the message: `configuration`. */
  readonly kind: string;
}

/** Something that is not read: no regular file, or one that is too large. `message` follows its name. */
export class UnfitFile extends Error {
  override readonly name = 'UnfitFile';
}

/** What a file held, and what it was when it was opened. */
export interface FileContent {
  readonly bytes: Buffer;
  readonly stats: Stats;
}

/**
 * Reads a file through one descriptor: who judges it by `stats` judges what was read, whatever has taken its name meanwhile.
 * Opening a device can have an effect, so callers pass what the name leads to through `requireFit` before.
 *
 * @throws UnfitFile; whatever the system says against opening or reading it
 */
export function readRegularFile(file: string, limit: FileLimit): FileContent {
  // A pipe that has taken the name is not waited for.
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
  if (stats.isDirectory()) throw new UnfitFile('is a folder; name a file');
  if (!stats.isFile()) throw new UnfitFile('is not a regular file; a pipe or a device is not read');
  if (stats.size > limit.mebibytes * MIB) throw tooLarge(limit);
}

/** A file may grow, and those of /proc say that they are empty. */
function readAll(fd: number, limit: FileLimit): Buffer {
  const maxBytes = limit.mebibytes * MIB;
  const bytes = Buffer.allocUnsafe(maxBytes + 1);
  let length = 0;
  for (let got = -1; got !== 0; length += got) got = readSync(fd, bytes, length, bytes.length - length, null);
  if (length > maxBytes) throw tooLarge(limit);
  return Buffer.from(bytes.subarray(0, length));
}

function tooLarge({ mebibytes, kind }: FileLimit): UnfitFile {
  return new UnfitFile(`is larger than ${mebibytes} MiB; this is no ${kind}`);
}
