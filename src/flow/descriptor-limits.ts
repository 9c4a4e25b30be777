import { readFileSync } from 'node:fs';

/** Descriptors reserved for the rest of the program: up to 512 sockets, log, report and libraries. */
const RESERVED = 768;
/**
 * Descriptors that a file of a batch may need: it holds itself and its folder open, and there are batches before, after
 * and at deletion.
 */
const PER_FILE = 6;

/** How many files may be gathered into one batch without running out of descriptors; 16 to 1,000. */
export function batchLimit(): number {
  return Math.min(1_000, Math.max(16, Math.floor((descriptorLimit() - RESERVED) / PER_FILE)));
}

/** How many files may be uploaded at once, each with a connection; 16 to 256. */
export function uploadLimit(): number {
  return Math.min(256, Math.max(16, Math.floor((descriptorLimit() - RESERVED) / PER_FILE)));
}

/** Limit of open descriptors. Node.js raises the soft limit to the hard one when it starts, on every POSIX system. */
function descriptorLimit(): number {
  try {
    const [, soft = ''] = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
    return Number(soft) || Number.POSITIVE_INFINITY;
  } catch {
    return 4_096;
  }
}
