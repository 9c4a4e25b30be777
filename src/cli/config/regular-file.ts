import type { Stats } from 'node:fs';

/** A configuration is a page of text; a device or a disk image under its name must not fill the memory. */
const MAX_BYTES = 1024 ** 2;

/** Why something cannot be read as a configuration file, as it follows its name; undefined if it can. */
export function notAConfigFile(stats: Stats): string | undefined {
  if (stats.isDirectory()) return 'is a folder; name a file';
  if (!stats.isFile()) return 'is not a regular file; a pipe or a device is not read';
  return stats.size > MAX_BYTES ? 'is larger than 1 MiB; this is no configuration' : undefined;
}
