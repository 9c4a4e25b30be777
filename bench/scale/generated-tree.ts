export interface GeneratedFile {
  readonly key: string;
  readonly size: number;
}

export const SHAPES = ['mixed', 'flat'] as const;
/** `mixed` has a flat folder, deep folders and folders of unequal size; `flat` is one folder. */
export type Shape = (typeof SHAPES)[number];

/** Files from the first of one part of a tree to the first of the next. */
interface Part {
  readonly start: number;
  readonly end: number;
  /** Key of a file by its place in the part. Later places have later keys. */
  readonly keyAt: (place: number) => string;
  /** What the sizes of a file's neighbours have in common. */
  readonly scaleAt: (place: number) => number;
}

/** Files of a leaf of the deep folders. */
const LEAF_FILES = 100;
/** Folders of unequal size: the files of the n-th are about n² of equal shares. */
const OWNERS = 10_000;
/** Files of a folder of an owner. */
const OWNER_FOLDER_FILES = 1000;
const KIB = 1024;
/** Sizes are Pareto's: half of a million files are below 16 KB, and a thousandth of them has a third of the bytes. */
const LEAST_BYTES = 8 * KIB;
const EXPONENT = 1.1;
/** A file is in one shard: a larger one would be a shard of its own, and no plan could change that. */
const MOST_BYTES = 16 * KIB ** 3;

/**
 * A tree of any number of files that is computed, not stored: the key and the size of a file follow from its place, and the place
 * from the key. A tenth of the files is in one flat folder, four tenths are in folders eight levels deep, 100 in each, and half is
 * in folders of 10,000 owners, of whom the last has 300 million times the files of the first.
 */
export class GeneratedTree {
  readonly files: number;
  readonly #parts: readonly Part[];

  constructor(files: number, shape: Shape = 'mixed') {
    this.files = files;
    const [flatEnd, deepEnd] = shape === 'flat' ? [files, files] : [files * 0.1, files * 0.5].map(Math.floor);
    this.#parts = [
      { start: 0, end: flatEnd ?? 0, keyAt: flatKey, scaleAt: () => 1 },
      { start: flatEnd ?? 0, end: deepEnd ?? 0, keyAt: deepKey, scaleAt: (place) => scaleOf(place >> 16) },
      { start: deepEnd ?? 0, end: files, ...ownedPart(files - (deepEnd ?? 0)) },
    ];
  }

  keyAt(index: number): string {
    const { start, keyAt } = this.#partOf(index);
    return keyAt(index - start);
  }

  sizeAt(index: number): number {
    const { start, scaleAt } = this.#partOf(index);
    const size = LEAST_BYTES * scaleAt(index - start) * chance(index) ** (-1 / EXPONENT);
    return Math.min(MOST_BYTES, Math.floor(size));
  }

  /** Number of files whose keys come before a key. */
  indexOf(key: string): number {
    let [low, high] = [0, this.files];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (this.keyAt(middle) < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #partOf(index: number): Part {
    const part = this.#parts.find(({ end }) => index < end);
    if (part === undefined) throw new RangeError(`file ${index} of ${this.files}`);
    return part;
  }
}

const flatKey = (place: number) => `archive/scan-${digits(place, 10)}.tif`;

function deepKey(place: number): string {
  const leaf = digits(Math.floor(place / LEAF_FILES), 8);
  return `deep/${leaf.split('').join('/')}/part-${digits(place % LEAF_FILES, 2)}.json`;
}

function ownedPart(files: number): Pick<Part, 'keyAt' | 'scaleAt'> {
  const firstOf = (owner: number) => Math.ceil(files * (owner / OWNERS) ** 3);
  const ownerOf = (place: number) => {
    let owner = Math.min(OWNERS - 1, Math.floor(OWNERS * Math.cbrt(place / files)));
    // The root is not exact.
    while (place < firstOf(owner)) owner -= 1;
    while (place >= firstOf(owner + 1)) owner += 1;
    return owner;
  };
  return {
    keyAt: (place) => {
      const owner = ownerOf(place);
      const own = place - firstOf(owner);
      const folder = digits(Math.floor(own / OWNER_FOLDER_FILES), 6);
      return `home/user-${digits(owner, 4)}/${folder}/file-${digits(own % OWNER_FOLDER_FILES, 3)}.dat`;
    },
    scaleAt: (place) => scaleOf(ownerOf(place)),
  };
}

function digits(number: number, count: number): string {
  return String(number).padStart(count, '0');
}

/** 1/4 to 4, the same for neighbours. */
function scaleOf(neighbourhood: number): number {
  return 4 ** (2 * chance(neighbourhood + 0x5bd1e995) - 1);
}

/** A number above 0, at most 1, that an index always has: the mixing of MurmurHash3. */
function chance(index: number): number {
  let hash = (index ^ Math.imul(Math.floor(index / 2 ** 32) + 1, 0x9e3779b1)) >>> 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (((hash ^ (hash >>> 16)) >>> 0) + 1) / 2 ** 32;
}
