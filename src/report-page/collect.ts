import { Causes } from './causes.ts';
import { FolderTree } from './folder-tree.ts';
import { endingOf, type PageKind } from './kinds.ts';
import type { PageEntry } from './page-data.ts';
import { Top } from './top.ts';

/** Files in the table of a page. */
export const MOST_ROWS = 10_000;
/** Files in each of the short lists. */
const MOST_LISTED = 20;

interface FilesAndBytes {
  files: number;
  bytes: number;
}

/** Everything that a page shows of the files of a report, gathered in one pass and in bounded memory. */
export class PageCollector {
  readonly kind: PageKind;
  readonly fates = new Map<string, FilesAndBytes>();
  readonly proofs = new Map<string, FilesAndBytes>();
  readonly causes = new Causes();
  readonly folders = new FolderTree();
  /** Files that were read again or sent again, and how often. */
  readonly retries = { files: 0, times: 0 };
  readonly resumed: FilesAndBytes = { files: 0, bytes: 0 };
  readonly largest = new Top<PageEntry>(MOST_LISTED, bySize);
  readonly slowest = new Top<PageEntry>(MOST_LISTED, (a, b) => (b.seconds ?? 0) - (a.seconds ?? 0));
  readonly mostAttempts = new Top<PageEntry>(MOST_LISTED, (a, b) => b.attempts - a.attempts);
  readonly mostResumed = new Top<PageEntry>(MOST_LISTED, (a, b) => b.resumed_bytes - a.resumed_bytes);
  /** The files that deserve a look first: failures, then those with a code, then those that took several attempts. */
  readonly worst = new Top<PageEntry>(
    MOST_ROWS,
    (a, b) => urgency(b, this.kind) - urgency(a, this.kind) || bySize(a, b),
  );
  total = 0;

  constructor(kind: PageKind) {
    this.kind = kind;
  }

  add(entry: PageEntry): void {
    const { path, size, fate, proof, attempts, resumed_bytes: resumed, seconds } = entry;
    const bytes = size ?? 0;
    const ending = endingOf(this.kind, fate);
    this.total += 1;
    count(this.fates, fate, bytes);
    if (ending === 'good') count(this.proofs, proof ?? 'none', bytes);
    this.causes.add(entry);
    this.folders.add(path, bytes, ending === 'bad');
    this.worst.add(entry);
    if (size !== null) this.largest.add(entry);
    if (seconds !== null) this.slowest.add(entry);
    if (attempts > 1) {
      this.retries.files += 1;
      this.retries.times += attempts - 1;
      this.mostAttempts.add(entry);
    }
    if (resumed > 0) {
      this.resumed.files += 1;
      this.resumed.bytes += resumed;
      this.mostResumed.add(entry);
    }
  }
}

function bySize(a: PageEntry, b: PageEntry): number {
  return (b.size ?? -1) - (a.size ?? -1);
}

function urgency({ fate, code, attempts }: PageEntry, kind: PageKind): number {
  const ending = endingOf(kind, fate);
  if (ending === 'bad') return 5;
  if (ending === 'aside') return 0;
  if (code !== null && code !== 'SIZE_AND_TIME') return 4;
  return attempts > 1 ? 3 : 1;
}

function count(counts: Map<string, FilesAndBytes>, name: string, bytes: number): void {
  const known = counts.get(name);
  if (known === undefined) counts.set(name, { files: 1, bytes });
  else {
    known.files += 1;
    known.bytes += bytes;
  }
}
