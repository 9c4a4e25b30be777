import { type Duplex, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ExitCodes } from '../core/exit-codes.ts';
import { holdsKey, type KeyRange } from '../core/key-range.ts';
import { PathScope } from '../core/path-scope.ts';
import { Start } from '../core/start.ts';
import { batchLimit } from '../flow/descriptor-limits.ts';
import { type Item, type SettledFields, settle } from '../flow/item.ts';
import type { RunControl } from '../flow/run-control.ts';
import { stage } from '../flow/stage.ts';
import type { ManifestEntry } from '../manifest/manifest.ts';
import type { RunRecord } from '../manifest/run-record.ts';
import { type EntryWithObject, expectedOf, isConfirmed, keyBelow } from '../manifest/stored-entry.ts';
import { etagFormOf } from '../proof/etag-form.ts';
import { objectUnder } from '../proof/object-under-key.ts';
import { NO_PARTS, partCountOf, partSizesOf } from '../proof/part-sizes.ts';
import { readBack } from '../proof/read-back.ts';
import { isSameEtag } from '../proof/rules/etag.ts';
import { type Expected, type Judgement, judge } from '../proof/rules/judge.ts';
import type { ObjectState } from '../proof/rules/object-state.ts';
import { noEntries } from '../report/entries.ts';
import type { ReportSummary } from '../report/report.ts';
import { report } from '../report/report-sink.ts';
import { summarize } from '../report/summarize.ts';
import { headIfThere } from '../s3/head-if-there.ts';
import { type KeyLookup, keyLookupFor } from '../s3/key-lookup.ts';
import type { Store } from '../s3/store.ts';
import { isNotFound } from '../s3/store-error.ts';
import { settleFileByError } from '../stages/trouble.ts';
import { type VerifyRequest, verifyEntryOf } from './result.ts';
import { VerifyResults } from './verify-results.ts';
import { missingThere, settleJudged } from './verify-stage.ts';

/** Options of the verification of a record. */
export interface VerifyRecordOptions extends Omit<VerifyRequest, 'strict'> {
  readonly store: Store;
  readonly control: RunControl;
  /** Only files whose keys, without the prefix of the record, are in this range. Default: all. */
  readonly range?: KeyRange | undefined;
  /** The signal from which `control` was made. */
  readonly signal?: AbortSignal | undefined;
  /** Exit codes in the summary. Default `plain`. */
  readonly exitCodes?: ExitCodes | undefined;
}

/**
 * Verifies that S3 still holds the files that an earlier run proved, or found unchanged since they were stored. Needs no local
 * file. Other files of the record are left out.
 *
 * - An object is the same if its size is the recorded one, and its ETag is the recorded ETag or the recorded MD5.
 * - If another object is under the key, the recorded version is looked up.
 *
 * @returns the summary of the run; files that are not the same count as failed
 * @throws BackupError `MANIFEST_UNREADABLE`, or `BAD_OPTION` or `NOTHING_TO_VERIFY` for the pattern
 */
export async function verifyRecord(record: RunRecord, options: VerifyRecordOptions): Promise<ReportSummary> {
  const { store, control, signal, range, exitCodes } = options;
  const results = new VerifyResults(options);
  const start = new Start();
  const gathered = batchLimit();
  const lookup = keyLookupFor(store, record.prefix, gathered);
  const sink = report({ entries: noEntries, onEntry: (entry) => results.add(verifyEntryOf(entry)) });
  const examine = stage<EntryWithObject, never>(gathered, (entry) =>
    examineEntry(entry, { ...options, lookup }),
  );
  const items = itemsOf(record, new PathScope(options.pattern), options);
  await pipeline(Readable.from(items), examine as unknown as Duplex, sink);
  const facts = { source: record.name, bucket: store.bucket, prefix: record.prefix };
  const summary = summarize({
    options: { ...facts, signal, exitCodes },
    start,
    tally: sink.tally,
    failure: control.failure,
  });
  // What a range lacks may be in others.
  if (!range) results.requireSome(summary);
  return summary;
}

async function* itemsOf(
  { entries, prefix }: RunRecord,
  scope: PathScope,
  { control, range = {} }: VerifyRecordOptions,
): AsyncGenerator<Item<EntryWithObject>, void> {
  for await (const entry of entries) {
    if (control.stopping.aborted) return;
    if (!scope.includes(entry.path) || !holdsKey(range, keyBelow(prefix, entry))) continue;
    yield isConfirmed(entry) ? { settled: false, file: entry } : leftOut(entry);
  }
}

function leftOut({ path, code }: ManifestEntry): Item<never> {
  const reason = 'that run has not proved it';
  return settle({ path }, 'skipped', { code: code ?? 'NOT_PROVED', reason });
}

type Examination = VerifyRecordOptions & { readonly lookup: KeyLookup | undefined };

async function examineEntry(entry: EntryWithObject, options: Examination): Promise<Item<never>> {
  const { store, control } = options;
  const { path, key, size, md5, etag, version_id } = entry;
  const file = { path, key, size, etag, versionId: version_id ?? undefined, md5: md5 ?? undefined };
  if (control.stopping.aborted) return settle(file, 'failed', control.reason);
  try {
    const newest = await objectUnder(key, options);
    const ofNewest = newest && (await settleObject(newest, file, entry, options));
    if (ofNewest && !isOther(ofNewest)) return ofNewest;
    const version = await versionOf(entry, store);
    if (version) return await settleObject(version, file, entry, options);
    return ofNewest ?? missingThere(file);
  } catch (error) {
    if (isNotFound(error)) return missingThere(file);
    return settleFileByError(file, error, 'VERIFY_FAILED', options);
  }
}

function isOther(item: Item<never>): boolean {
  return item.settled && item.settlement.code === 'CONTENT_DIFFERS';
}

async function versionOf(
  { key, version_id }: EntryWithObject,
  store: Store,
): Promise<ObjectState | undefined> {
  return version_id === null ? undefined : headIfThere(store, { key, versionId: version_id });
}

async function settleObject(
  found: ObjectState,
  file: SettledFields,
  entry: EntryWithObject,
  options: Examination,
): Promise<Item<never>> {
  const { etag, proof } = entry;
  const expected = expectedOf(entry);
  const judgement = judge(found, expected);
  if (judgement.kind === 'differs') return settleJudged(file, judgement);
  if (options.readsBack?.(entry.key))
    return settleJudged(file, await compareBytes(found, expected, entry, options));
  // The ETag is that of the write which the earlier run confirmed, so the object was not written since.
  if (judgement.kind === 'unproved' && isSameEtag(found.etag, etag))
    return proof === null ? settle(file, 'unchanged', UNCHANGED) : settle({ ...file, proof }, 'unchanged');
  return settleJudged(file, judgement);
}

const UNCHANGED = { code: 'SIZE_AND_TIME', reason: 'as that run found it, without reading it' } as const;

/** Reads an object back and compares it with the recorded MD5, or else with its ETag, if that is a digest. */
async function compareBytes(
  found: ObjectState,
  { size, md5, partsEtag }: Expected,
  { key, etag }: EntryWithObject,
  { store }: Examination,
): Promise<Judgement> {
  if (md5 !== undefined) return readBack(store, key, found, { size, md5, partsEtag });
  const state = await store.head({ key, versionId: found.versionId });
  const form = etagFormOf(state, store.bucket);
  if (form === 'md5') return readBack(store, key, found, { size, md5: etag, partsEtag });
  if (partsEtag === undefined && form === 'opaque')
    return { kind: 'unproved', reason: 'that run has recorded no digest to compare the bytes with' };
  return compareParts({ ...found, key, size, etag }, store);
}

/** Reads a multipart object back. If S3 does not report the part size, only the likeliest is tried: each try reads the object. */
async function compareParts(
  object: ObjectState & { readonly key: string; readonly size: number; readonly etag: string },
  store: Store,
): Promise<Judgement> {
  const { key, size, etag } = object;
  const parts = partCountOf(etag);
  const { sizes, areReported } = parts === undefined ? NO_PARTS : await partSizesOf(object, parts, store);
  const [layout] = sizes;
  const judgement =
    layout && (await readBack(store, key, object, { size, md5: undefined, partsEtag: etag }, layout));
  if (judgement && (judgement.kind === 'proved' || areReported)) return judgement;
  return { kind: 'unproved', reason: 'S3 does not tell of which size its parts are' };
}
