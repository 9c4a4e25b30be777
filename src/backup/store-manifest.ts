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
import { type Hashed, pass, type Read, type Selected, type Settlement } from '../flow/item.ts';
import { RunControl } from '../flow/run-control.ts';
import { endMetadata } from '../manifest/end-metadata.ts';
import { countsOf, manifestLines } from '../manifest/manifest.ts';
import { makeManifestFolder } from '../manifest/manifest-folder.ts';
import { manifestKey, runId } from '../manifest/record-keys.ts';
import { countsMetadata } from '../manifest/runs.ts';
import type { Entries } from '../report/entries.ts';
import type { ReportSummary } from '../report/report.ts';
import { type OpenStoreOptions, openStore } from '../run/open-store.ts';
import { readableAtOnce } from '../run/readable-at-once.ts';
import type { Store } from '../s3/store.ts';
import { sourceRoot } from '../source/root.ts';
import { deleteSource } from '../stages/delete-source.ts';
import { hash } from '../stages/hash.ts';
import { upload } from '../stages/upload.ts';
import { verify } from '../stages/verify.ts';
import type { BackupOptions } from './options.ts';
import { firstSettlement } from './store-bytes.ts';

/** Options of a run whose manifest is stored. */
type ManifestOptions = OpenStoreOptions & Pick<BackupOptions, 'signal' | 'object' | 'logger'>;

/** Which manifest is stored, and where. */
export interface ManifestPlace {
  /** Id of the run. Default: one is made. */
  readonly run?: string | undefined;
  /** Folder of the records, as `recordsFolder` returns it. Default: that of runs on no shard. */
  readonly folder?: string | undefined;
  /** Whether a manifest of the same id is replaced. Default false: it stays, and this one is not stored. */
  readonly replaces?: boolean | undefined;
}

const FAILED: FatalCode = 'MANIFEST_FAILED';

/**
 * Stores the manifest of a run beside its files. A run that was stopped or has failed stores one, too, since the files that
 * it moved before that are in S3 only. If storing fails, the summary has no manifest, and the exit code is 2 instead of 0.
 */
export async function withManifest(
  options: ManifestOptions,
  summary: ReportSummary,
  entries: Entries,
  place: ManifestPlace = {},
): Promise<ReportSummary> {
  const { logger = silent } = options;
  try {
    const manifest = await storeManifest(options, summary, entries, place);
    logger.info({ operation: 'manifest', key: manifest }, 'manifest stored');
    return { ...summary, manifest };
  } catch (error) {
    const reason = messageOf(error);
    logger.error({ operation: 'manifest', code: FAILED, reason }, 'the manifest of this run was not stored');
    return { ...summary, exit_code: summary.exit_code || EXIT_CODES.partial };
  }
}

/**
 * Stores a manifest, and proves it.
 *
 * @returns its key
 * @throws any error; an Error with the code and the reason if S3 did not prove that it holds it
 */
export async function storeManifest(
  options: ManifestOptions,
  summary: ReportSummary,
  entries: Entries,
  { run, folder: records, replaces = false }: ManifestPlace,
): Promise<string> {
  const folder = makeManifestFolder();
  const control = new RunControl(options.signal);
  const { store } = openStore(forManifest(options, summary), control.aborting);
  let file: Output | undefined;
  try {
    const id = run ?? runId(await startOf(summary, store), randomBytes(4).toString('hex'));
    file = new Output(join(folder, id));
    const lines = Readable.from(manifestLines(id, summary, entries));
    await pipeline(lines, createGzip(), createWriteStream('', { fd: file.create() }));
    const key = manifestKey(summary.prefix, id, records);
    const { proof, code, reason } = await send(store, { root: sourceRoot(folder), path: id, key }, !replaces);
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
 * Start of the run by the store's clock, in ISO 8601, so that ids of machines whose clocks are wrong are in order, too. By this
 * machine's clock if the store does not show its own.
 */
async function startOf({ start_time: start, prefix }: ReportSummary, store: Store): Promise<string> {
  // If the store is in trouble, the upload reports it.
  await store.listPage({ prefix, maxKeys: 1 }).catch(() => undefined);
  return new Date(Date.parse(start) + store.clock.aheadMs).toISOString();
}

/** Options of the run, with the counts and the end as metadata. */
function forManifest(options: ManifestOptions, summary: ReportSummary): ManifestOptions {
  const { object, ...rest } = readableAtOnce(options);
  const metadata = { ...object?.metadata, ...countsMetadata(countsOf(summary)), ...endMetadata(summary) };
  // Only a run whose endpoint was there to its end waits for it.
  const isReached = summary.error === null;
  return { ...rest, isReached, object: { ...object, metadata } };
}

/** Sends the manifest through the stages of every file. It is read back if S3 reports nothing that proves it. */
async function send(store: Store, file: Selected, ifAbsent: boolean): Promise<Settlement> {
  const stages = chain([
    hash<Omit<Hashed, keyof Read>>(),
    upload({ store }),
    verify({ store, deleteAfterUpload: true }),
    deleteSource(),
  ]) as unknown as Duplex;
  const source = Readable.from([pass({ ...file, ifAbsent })]);
  return pipeline(source, stages, firstSettlement);
}
