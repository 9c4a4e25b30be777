import { constants } from 'node:buffer';
import { SourceError } from '../../source/source-error.ts';
import { MAX_PARTS, partSizeFor } from '../parts.ts';

const MIB = 1024 ** 2;
/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const MAX_PART_BYTES = 5 * 1024 * MIB;
const MAX_OBJECT_BYTES = MAX_PARTS * MAX_PART_BYTES;

export interface Room {
  /** The least size of a part, in bytes. */
  readonly partSizeBytes: number;
  /** For parts in memory, in this process. */
  readonly memoryBytes: number;
  /** Most parts that the store takes. Default 10,000. */
  readonly maxParts?: number | undefined;
  /** Processes that `transfer.memory` is divided among. Default 1. */
  readonly processes?: number | undefined;
}

/**
 * Makes sure, before the first byte of a file is read, that it can be sent at all: that as many parts as the store takes suffice, and that one
 * of them fits into memory.
 *
 * @param longest The most bytes that can be in one piece of memory. Default: as this Node.js has it.
 * @throws SourceError `FILE_TOO_LARGE`, which says what would do
 */
export function requireRoom(size: number, room: Room, longest: number = constants.MAX_LENGTH): void {
  const { partSizeBytes, memoryBytes, maxParts, processes = 1 } = room;
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
      `${needs}, one of which has to fit into memory: transfer.memory ${suffices(partSize, processes)}`,
    );
}

function suffices(partSize: number, processes: number): string {
  const each = processes > 1 ? ` for ${processes} processes` : '';
  return `${(partSize * processes) / MIB}MiB suffices${each}`;
}

function tooLarge(reason: string): SourceError {
  return new SourceError('FILE_TOO_LARGE', reason);
}
