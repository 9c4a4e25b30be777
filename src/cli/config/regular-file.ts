import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs';

/** A configuration is a page of text; a device or a disk image under its name must not fill the memory. */
const MAX_BYTES = 1024 ** 2;
const TOO_LARGE = 'is larger than 1 MiB; this is no configuration';

const { O_RDONLY, O_NONBLOCK = 0 } = constants;

/** Something that cannot be read as a configuration file. `message` follows its name. */
export class NotAConfigFile extends Error {
  override readonly name = 'NotAConfigFile';
}

/** What a file held, and what it was when it was opened. */
export interface FileContent {
  readonly bytes: Buffer;
  readonly stats: Stats;
}

/**
 * Reads a configuration file through one descriptor: who judges it by `stats` judges what was read, whatever has taken its
 * name meanwhile.
 *
 * @throws NotAConfigFile; whatever the system says against opening or reading it
 */
export function readRegularFile(file: string): FileContent {
  // A pipe that has taken the name is not waited for.
  const fd = openSync(file, O_RDONLY | O_NONBLOCK);
  try {
    const stats = fstatSync(fd);
    requireConfigFile(stats);
    return { bytes: readAll(fd), stats };
  } finally {
    closeSync(fd);
  }
}

/** @throws NotAConfigFile */
export function requireConfigFile(stats: Stats): void {
  if (stats.isDirectory()) throw new NotAConfigFile('is a folder; name a file');
  if (!stats.isFile()) throw new NotAConfigFile('is not a regular file; a pipe or a device is not read');
  if (stats.size > MAX_BYTES) throw new NotAConfigFile(TOO_LARGE);
}

/** A file may grow, and those of /proc say that they are empty. */
function readAll(fd: number): Buffer {
  const bytes = Buffer.allocUnsafe(MAX_BYTES + 1);
  let length = 0;
  for (let got = -1; got !== 0; length += got) got = readSync(fd, bytes, length, bytes.length - length, null);
  if (length > MAX_BYTES) throw new NotAConfigFile(TOO_LARGE);
  return Buffer.from(bytes.subarray(0, length));
}
