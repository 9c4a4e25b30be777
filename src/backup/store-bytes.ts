import { type Duplex, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import chain from 'stream-chain';
import {
  type Acknowledged,
  type Item,
  type Proved,
  pass,
  type Sendable,
  type Settlement,
  settle,
} from '../flow/item.ts';
import { stage } from '../flow/stage.ts';
import type { Store } from '../s3/store.ts';
import { StreamContent } from '../source/stream-content.ts';
import { upload } from '../stages/upload.ts';
import { verify } from '../stages/verify.ts';

/**
 * Stores a few bytes under a key that must be free, through the stages of every file, and reads them back.
 *
 * @param path Name of the object in messages.
 * @throws Error with the code and the reason if S3 did not prove that it holds them
 */
export async function storeBytes(store: Store, path: string, key: string, bytes: Buffer): Promise<void> {
  const content = await StreamContent.of(bytes);
  const stages = chain([
    upload<Sendable>({ store }),
    verify<Sendable & Acknowledged>({ store, strength: 'download' }),
    stage<Sendable & Acknowledged & Proved, never>(1, (file) => settle(file, 'kept')),
  ]) as unknown as Duplex;
  const source = Readable.from([pass<Sendable>({ path, key, content, ifAbsent: true })]);
  const { proof, code, reason } = await pipeline(source, stages, firstSettlement);
  if (proof === undefined) throw new Error(`${code}: ${reason}`);
}

/** Returns the settlement of the only file that passes. */
export async function firstSettlement(items: AsyncIterable<Item<never>>): Promise<Settlement> {
  for await (const item of items) if (item.settled) return item.settlement;
  throw new Error('no stage has settled the record');
}
