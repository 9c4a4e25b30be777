import { writeSync } from 'node:fs';
import { systemCode } from '../core/errors.ts';

const BATCH_CHARACTERS = 64 * 1024;
const PAUSE_MS = 5;

/** Writes text to a descriptor in large pieces. */
export function writeText(fd: number, text: Iterable<string>): void {
  let batch = '';
  for (const piece of text) {
    batch += piece;
    if (batch.length < BATCH_CHARACTERS) continue;
    writeAll(fd, Buffer.from(batch));
    batch = '';
  }
  writeAll(fd, Buffer.from(batch));
}

/**
 * Writes all bytes. If a disk is nearly full, a write can succeed in part without an error. A pipe that another process made
 * non-blocking refuses writes while it is full; then this function waits for the reader, as with any other pipe.
 */
export function writeAll(fd: number, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length; ) {
    try {
      written += writeSync(fd, bytes, written);
    } catch (error) {
      if (systemCode(error) !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
    }
  }
}
