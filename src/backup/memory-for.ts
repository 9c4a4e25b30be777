import { DEFAULTS } from '../core/defaults.ts';
import { inRange } from '../run/options.ts';
import { PARTS_IN_MEMORY } from '../s3/parts.ts';

const MIB = 1024 * 1024;

export interface TransferMemory {
  /** Smallest part, in bytes. */
  readonly partSizeBytes: number;
  /** Most bytes of content in memory at once. */
  readonly memoryBytes: number;
}

/**
 * Returns the part size and the memory of a run, checked. Memory that is not given has room for the parts.
 *
 * @param memoryBytes As given; undefined for the default.
 * @param largestPart Size in bytes of the largest part that is foreseen. Default: the part size.
 * @throws BackupError `BAD_OPTION`
 */
export function memoryFor(
  given: Pick<TransferMemory, 'partSizeBytes'>,
  memoryBytes: number | undefined,
  largestPart = given.partSizeBytes,
): TransferMemory {
  const partSizeBytes = inRange(given, 'partSizeBytes', 5 * MIB, 5 * 1024 * MIB);
  const room = PARTS_IN_MEMORY * Math.max(partSizeBytes, largestPart);
  const memory = memoryBytes ?? Math.max(DEFAULTS.memoryBytes, room);
  return { partSizeBytes, memoryBytes: inRange({ memoryBytes: memory }, 'memoryBytes', room, 2 ** 50) };
}
