import { constants } from 'node:buffer';
import { DEFAULTS } from '../../core/defaults.ts';
import { SourceError } from '../../source/source-error.ts';
import { MAX_PARTS, partSizeFor } from '../parts.ts';

const MIB = 1024 ** 2;
/** Most bytes of a part (https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html). */
const MAX_PART_BYTES = 5 * 1024 * MIB;
const MAX_OBJECT_BYTES = MAX_PARTS * MAX_PART_BYTES;

export interface Room {
  /** Minimum size of a part, in bytes. */
  readonly partSizeBytes: number;
  /** Bytes of memory for parts in this process. */
  readonly memoryBytes: number;
  /** Most parts that the store accepts. Default 10,000. */
  readonly maxParts?: number | undefined;
  /** Processes that share the memory of the run. Default 1. */
  readonly processes?: number | undefined;
}

/**
 * Makes sure, before the first byte of a file is read, that it can be sent at all: the store must accept as many parts
 * as the file needs, and a part must fit into memory.
 *
 * @param longest Limit of one piece of memory, in bytes. Default: the limit of this Node.js.
 * @throws SourceError `FILE_TOO_LARGE`, which says what would do
 */
export function requireRoom(size: number, room: Room, longest: number = constants.MAX_LENGTH): void {
  const { partSizeBytes, memoryBytes, maxParts, processes = DEFAULTS.processes } = room;
  const partSize = partSizeFor(size, partSizeBytes, maxParts);
  if (size > MAX_OBJECT_BYTES)
    throw tooLarge(`${size} bytes; S3 takes ${MAX_OBJECT_BYTES} at most, in 10,000 parts of 5 GiB`);
  const needs = `${size} bytes go up in parts of ${partSize / MIB} MiB`;
  if (partSize > longest)
    throw tooLarge(
      `${needs}, of which this Node.js holds ${longest / MIB} MiB in one piece; 22 or later does`,
    );
  if (partSize > memoryBytes)
    throw tooLarge(
      `${needs}, one of which has to fit into memory; a memory limit of ${suffices(partSize, processes)}`,
    );
}

function suffices(partSize: number, processes: number): string {
  const each = processes > 1 ? ` for ${processes} processes` : '';
  return `${(partSize * processes) / MIB}MiB suffices${each}`;
}

function tooLarge(reason: string): SourceError {
  return new SourceError('FILE_TOO_LARGE', reason);
}
