import { createCipheriv } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { createReading, SourceContent } from '../../../../src/source/content.ts';
import { sourceRoot } from '../../../../src/source/root.ts';
import { SourceFile } from '../../../../src/source/source-file.ts';
import { MIB } from '../../../support/run.ts';
import { useTree } from '../../../support/tree.ts';
import { PART } from './target.ts';

/** A local file that is open to be uploaded. */
export interface OpenSource {
  readonly path: string;
  readonly content: SourceContent;
}

export interface ReadingOptions {
  /** The most bytes in memory at once: half of it is read ahead. */
  readonly memory: number;
  /** Told of every read, in bytes. */
  readonly onRead: (bytes: number) => void;
}

/**
 * Bytes of which no piece is like another, so that parts that are swapped or sent twice are noticed. To be read only: all calls
 * share them.
 */
export function bytesOfLength(length: number): Buffer {
  if (stream.length < length) {
    const cipher = createCipheriv('aes-128-ctr', 'sixteen letters!', Buffer.alloc(16));
    stream = cipher.update(Buffer.alloc(length));
  }
  return stream.subarray(0, length);
}

let stream: Buffer = Buffer.alloc(0);

/**
 * A file with these bytes, as the hash stage hands it on: read whole where it is of one part.
 */
export async function useSource(
  t: TestContext,
  bytes: Buffer | string,
  reading?: Partial<ReadingOptions>,
): Promise<OpenSource> {
  const path = join(useTree(t, { file: bytes }), 'file');
  return { path, content: await openSource(t, path, reading) };
}

/** Opens a file as it is now. */
export async function openSource(
  t: TestContext,
  path: string,
  { memory = 1024 * MIB, onRead }: Partial<ReadingOptions> = {},
): Promise<SourceContent> {
  const file = SourceFile.open({ root: sourceRoot(dirname(path)), path: basename(path) });
  // Some tests send one content more often than once, which takes its share of memory anew each time.
  const content = new SourceContent(file, createReading(memory, onRead));
  t.after(() => content.close());
  if (content.size <= PART) await content.readWhole();
  return content;
}

/** The same, where only the content matters. */
export async function useContent(t: TestContext, bytes: Buffer | string): Promise<SourceContent> {
  return (await useSource(t, bytes)).content;
}
