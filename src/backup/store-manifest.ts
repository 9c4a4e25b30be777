import { randomBytes } from 'node:crypto';
import { createWriteStream, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Duplex, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import chain from 'stream-chain';
import { type FatalCode, messageOf } from '../core/errors.ts';
import { EXIT_CODES } from '../core/exit-codes.ts';
import { silent } from '../core/logger.ts';
import { Output } from '../files/output.ts';
import { type Hashed, type Item, pass, type Read, type Selected, type Settlement } from '../flow/item.ts';
import { RunControl } from '../flow/run-control.ts';
import { countsOf, manifestLines } from '../manifest/manifest.ts';
import { makeManifestFolder } from '../manifest/manifest-folder.ts';
import { countsMetadata, manifestKey, runId } from '../manifest/runs.ts';
import type { Entries } from '../report/entries.ts';
import type { ReportSummary } from '../report/report.ts';
import { openStore } from '../run/open-store.ts';
import type { Store } from '../s3/store.ts';
import { sourceRoot } from '../source/root.ts';
import { deleteSource } from '../stages/delete-source.ts';
import { hash } from '../stages/hash.ts';
import { upload } from '../stages/upload.ts';
import { verify } from '../stages/verify.ts';
import type { BackupOptions } from './options.ts';

const FAILED: FatalCode = 'MANIFEST_FAILED';

/**
 * Stores what a run did beside the files that it was about: also after a stop or a failure, since what was moved until
 * then is in S3 only. Where that fails the run itself has not, but its exit code says so.
 */
export async function withManifest(
  options: BackupOptions,
  summary: ReportSummary,
  entries: Entries,
): Promise<ReportSummary> {
  const { logger = silent } = options;
  try {
    const manifest = await storeManifest(options, summary, entries);
    logger.info({ operation: 'manifest', key: manifest }, 'manifest stored');
    return { ...summary, manifest };
  } catch (error) {
    const reason = messageOf(error);
    logger.error({ operation: 'manifest', code: FAILED, reason }, 'the manifest of this run was not stored');
    return { ...summary, exit_code: summary.exit_code || EXIT_CODES.partial };
  }
}

/** @returns its key */
async function storeManifest(
  options: BackupOptions,
  summary: ReportSummary,
  entries: Entries,
): Promise<string> {
  const folder = makeManifestFolder();
  const control = new RunControl(options.signal);
  const { store } = openStore(forManifest(options, summary), control.aborting);
  let file: Output | undefined;
  try {
    const id = runId(await startOf(summary, store), randomBytes(4).toString('hex'));
    file = new Output(join(folder, id));
    const lines = Readable.from(manifestLines(id, summary, entries));
    await pipeline(lines, createGzip(), createWriteStream('', { fd: file.create() }));
    const key = manifestKey(summary.prefix, id);
    const { proof, code, reason } = await send(store, { root: sourceRoot(folder), path: id, key });
    if (proof === undefined) throw new Error(`${code}: ${reason}`);
    return key;
  } finally {
    control.close();
    store.close();
    file?.remove();
    file?.close();
    rmdirSync(folder);
  }
}

/**
 * When the run began by the store's clock, in ISO 8601: ids of machines whose clocks are wrong are in order, too. By ours if the
 * store does not tell.
 */
async function startOf({ start_time: start, prefix }: ReportSummary, store: Store): Promise<string> {
  // What is wrong with the store the upload will say.
  await store.listPage({ prefix, maxKeys: 1 }).catch(() => undefined);
  return new Date(Date.parse(start) + store.clock.aheadMs).toISOString();
}

/** As the files are stored, but where it can be read at once (not in GLACIER), and with what `s3-backup runs` shows. */
function forManifest({ object = {}, ...options }: BackupOptions, summary: ReportSummary) {
  const { storageClass, ...rest } = object;
  const metadata = { ...object.metadata, ...countsMetadata(countsOf(summary)) };
  return { ...options, object: { ...rest, metadata } };
}

/** By the stages of every file, with a proof; it is read back where S3 reports nothing that proves it. */
async function send(store: Store, file: Selected): Promise<Settlement> {
  const stages = chain([
    hash<Omit<Hashed, keyof Read>>(),
    upload({ store }),
    verify({ store, deleteAfterUpload: true }),
    deleteSource(),
  ]) as unknown as Duplex;
  const source = Readable.from([pass({ ...file, ifAbsent: true })]);
  return pipeline(source, stages, async (items: AsyncIterable<Item<never>>) => {
    for await (const item of items) if (item.settled) return item.settlement;
    throw new Error('no stage has settled the manifest');
  });
}
