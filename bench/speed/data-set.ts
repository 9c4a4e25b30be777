import { randomFillSync } from 'node:crypto';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  rmSync,
  statfsSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';

const KIB = 1024;
const MIB = 1024 * KIB;
/** Larger contents are written in pieces of this size. */
const PIECE_BYTES = 8 * MIB;
const FOLDER_FILES = 500;
/** A file of less takes a block of the disk. */
const BLOCK_BYTES = 4 * KIB;

export type SetId = 'small' | 'medium' | 'images' | 'large' | 'large16' | 'million';

/** Files of random bytes, all of one size. */
export interface DataSet {
  readonly id: SetId;
  readonly files: number;
  /** Bytes of each file. */
  readonly size: number;
}

const SETS: readonly DataSet[] = [
  { id: 'small', files: 20_000, size: 4 * KIB },
  { id: 'medium', files: 5_000, size: 100 * KIB },
  // That of upload-256KiB-10_000x and download-256KiB-10_000x in awslabs/aws-crt-s3-benchmarks.
  { id: 'images', files: 10_000, size: 256 * KIB },
  { id: 'large', files: 1, size: 2048 * MIB },
  { id: 'large16', files: 16, size: 128 * MIB },
  { id: 'million', files: 1_000_000, size: KIB },
];

/** Whether its files are sent in parts, by every client. */
export const isMultipart = ({ id }: DataSet) => id === 'large' || id === 'large16';

/** @param factor makes a set smaller: the number of files, or for the large sets their size */
export function dataSet(id: SetId, factor: number): DataSet {
  const set = SETS.find((each) => each.id === id);
  if (set === undefined) throw new Error(`no data set ${id}`);
  if (isMultipart(set)) return { ...set, size: Math.max(1, Math.round((set.size * factor) / MIB)) * MIB };
  return { ...set, files: Math.max(1, Math.round(set.files * factor)) };
}

/** For people, such as `20,000 files of 4 KiB`. */
export function titleOf({ files, size }: DataSet): string {
  const [amount, unit] =
    size < MIB ? [size / KIB, 'KiB'] : size < KIB * MIB ? [size / MIB, 'MiB'] : [size / MIB / KIB, 'GiB'];
  return `${files.toLocaleString('en')} ${files === 1 ? 'file' : 'files'} of ${amount} ${unit}`;
}

export const bytesOf = ({ files, size }: DataSet) => files * size;

/**
 * The folder with the set's files below `root`, made when it is not there whole.
 * @throws Error when the disk has no room for twice the set: moves need a copy of it
 */
export function makeDataSet(set: DataSet, root: string): string {
  mkdirSync(root, { recursive: true });
  const folder = join(root, `${set.id}-${set.files}x${set.size}`);
  const mark = `${folder}.complete`;
  const isMade = existsSync(mark);
  checkRoom(set, root, isMade ? 1 : 2);
  if (isMade) return folder;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  const piece = Buffer.allocUnsafe(Math.min(set.size, PIECE_BYTES));
  for (let index = 0; index < set.files; index += 1) {
    const parent = join(folder, String(Math.floor(index / FOLDER_FILES)).padStart(4, '0'));
    if (index % FOLDER_FILES === 0) mkdirSync(parent);
    writeRandom(join(parent, `file-${String(index).padStart(7, '0')}.bin`), set.size, piece);
  }
  writeFileSync(mark, '');
  return folder;
}

function writeRandom(path: string, size: number, piece: Buffer): void {
  const descriptor = openSync(path, 'w');
  for (let left = size; left > 0; ) {
    randomFillSync(piece);
    left -= writeSync(descriptor, piece, 0, Math.min(left, piece.length));
  }
  closeSync(descriptor);
}

function checkRoom({ files, size }: DataSet, root: string, copies: number): void {
  const needed = copies * files * Math.ceil(size / BLOCK_BYTES) * BLOCK_BYTES;
  const { bavail, bsize, ffree, files: inodes } = statfsSync(root);
  const missing = needed - bavail * bsize;
  if (missing > 0)
    throw new Error(`${root} has ${Math.ceil(missing / MIB)} MiB too little room; name another with --dir`);
  // File systems that make inodes as they need them tell none.
  if (inodes > 0 && ffree < copies * files)
    throw new Error(`${root} has too few inodes for ${copies * files} files`);
}
