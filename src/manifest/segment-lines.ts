import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';
import type { FileEntry } from '../report/report.ts';
import { manifestLine } from './manifest.ts';

const LINES_PER_BLOCK = 1_000;

const compress = promisify(gzip);

/**
 * Compresses a text into a gzip member of its own. Members that follow each other are one gzip file (RFC 1952). Speed counts
 * here: a segment is read only if its run was killed.
 */
export function compressedMember(text: string): Promise<Buffer> {
  return compress(text, { level: constants.Z_BEST_SPEED });
}

/** Gathers lines of a segment. They are compressed a thousand at a time, outside this thread: about 60 bytes a file. */
export class SegmentLines {
  readonly counts = { files: 0, bytes: 0, failed: 0 };
  /** Number of lines. */
  count = 0;
  readonly #blocks: Promise<Buffer>[] = [];
  #text = '';
  #inText = 0;

  /** Adds the line of one file. */
  add(entry: FileEntry): void {
    this.#text += manifestLine(entry);
    this.count += 1;
    this.#inText += 1;
    this.#countIn(entry);
    if (this.#inText === LINES_PER_BLOCK) this.#endBlock();
  }

  /** Resolves to the compressed lines, as members of a gzip file. */
  members(): Promise<Buffer[]> {
    if (this.#inText > 0) this.#endBlock();
    return Promise.all(this.#blocks);
  }

  #countIn({ fate, size }: FileEntry): void {
    if (fate === 'failed') {
      this.counts.failed += 1;
      return;
    }
    this.counts.files += 1;
    this.counts.bytes += size ?? 0;
  }

  #endBlock(): void {
    this.#blocks.push(compressedMember(this.#text));
    this.#text = '';
    this.#inText = 0;
  }
}
