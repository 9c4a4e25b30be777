/** Files whose bytes follow from their numbers: what each must hold is known without keeping any. */
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Random } from '../../../support/random.ts';

const FOLDERS = 40;
const SUBFOLDERS = 20;

export interface MadeFile {
  /** Relative to the source. */
  readonly path: string;
  readonly size: number;
  /** Hexadecimal. */
  readonly md5: string;
}

/** Writes the files of the numbers below `count` into a folder. */
export function writeMadeFiles(source: string, count: number): void {
  const folders = new Set<string>();
  for (let n = 0; n < count; n += 1) {
    const file = join(source, pathOf(n));
    const folder = dirname(file);
    if (!folders.has(folder)) mkdirSync(folder, { recursive: true });
    folders.add(folder);
    writeFileSync(file, bytesOf(n));
  }
}

/** What the files of the numbers below `count` are. */
export function* madeFiles(count: number): Generator<MadeFile, void, undefined> {
  for (let n = 0; n < count; n += 1) {
    const bytes = bytesOf(n);
    yield { path: pathOf(n), size: bytes.length, md5: createHash('md5').update(bytes).digest('hex') };
  }
}

/** One in eight is in a flat folder; the others are in folders that many cuts divide. */
function pathOf(n: number): string {
  if (n % 8 === 7) return `flat/all's "one" folder/${n}`;
  return `${n % FOLDERS}/ü ${Math.floor(n / FOLDERS) % SUBFOLDERS}/file ${n}`;
}

/** One in a hundred is empty, one in a hundred has some 100 KiB, and the others up to 2 KiB. */
function bytesOf(n: number): Buffer {
  const random = new Random(n);
  const kind = random.between(0, 99);
  const size = kind === 0 ? 0 : random.between(1, kind === 1 ? 200 * 1024 : 2 * 1024);
  return Buffer.alloc(size, `${n}: ${random.fraction()}\n`);
}
