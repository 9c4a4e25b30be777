import { type Duplex, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Item, settle } from '../item.ts';
import type { ManifestEntry } from '../manifest/manifest.ts';
import type { RunRecord } from '../manifest/run-record.ts';
import { batchLimit } from '../open-files.ts';
import { PathScope } from '../path-scope.ts';
import { noEntries } from '../report/entries.ts';
import type { ReportSummary } from '../report/report.ts';
import { summarize } from '../report/summarize.ts';
import type { RunControl } from '../run-control.ts';
import { KeyLookup } from '../s3/key-lookup.ts';
import { type Expected, type Judgement, judge, type ObjectState } from '../s3/proof.ts';
import { readBack } from '../s3/read-back.ts';
import type { Store } from '../s3/store.ts';
import { StoreError } from '../s3/store-error.ts';
import { headOrNothing, objectUnder } from '../s3/under-key.ts';
import { stage } from '../stage.ts';
import { missingThere, settleJudged } from '../stages/check.ts';
import { report } from '../stages/report.ts';
import { settleTrouble } from '../stages/trouble.ts';
import type { CheckRequest } from './check-files.ts';
import { checkEntryOf } from './check-result.ts';

export interface CheckEntriesOptions extends Omit<CheckRequest, 'strict'> {
  readonly store: Store;
  readonly control: RunControl;
  /** What `control` was made with. */
  readonly signal?: AbortSignal | undefined;
}

/** A file that an earlier run has proved. */
type ProvedEntry = ManifestEntry & {
  readonly [F in 'key' | 'etag' | 'size' | 'proof']: NonNullable<ManifestEntry[F]>;
};

/**
 * Finds out whether S3 still holds what an earlier run has proved: no local file is needed. What that run did not prove
 * is left out.
 *
 * - The same: the object has the ETag of that write, or the MD5 of that file, and its size.
 * - Where another object is under the key by now, the version of that write is looked for, if it had one.
 *
 * @returns the counts and the exit code of a run: what is not the same counts as failed
 * @throws BackupError `MANIFEST_UNREADABLE`, or `BAD_OPTION` for the pattern
 */
export async function checkEntries(record: RunRecord, options: CheckEntriesOptions): Promise<ReportSummary> {
  const { store, control, signal, onResult } = options;
  const start = new Date();
  const gathered = batchLimit();
  const lookup = store.listsInOrder ? new KeyLookup(store, record.prefix, gathered) : undefined;
  const sink = report({ entries: noEntries, onEntry: (entry) => onResult(checkEntryOf(entry)) });
  const examine = stage<ProvedEntry, never>(gathered, (entry) => examineEntry(entry, { ...options, lookup }));
  const items = itemsOf(record, new PathScope(options.pattern), control);
  await pipeline(Readable.from(items), examine as unknown as Duplex, sink);
  const facts = { source: record.name, bucket: store.bucket, prefix: record.prefix, signal };
  return summarize({ options: facts, start, tally: sink.tally, failure: control.failure });
}

async function* itemsOf(
  { entries }: RunRecord,
  scope: PathScope,
  control: RunControl,
): AsyncGenerator<Item<ProvedEntry>, void> {
  for await (const entry of entries) {
    if (control.stopping.aborted) return;
    if (!scope.includes(entry.path)) continue;
    yield isProved(entry) ? { settled: false, file: entry } : leftOut(entry);
  }
}

function isProved(entry: ManifestEntry): entry is ProvedEntry {
  const { key, etag, size, proof } = entry;
  return key !== null && etag !== null && size !== null && proof !== null;
}

function leftOut({ path, code }: ManifestEntry): Item<never> {
  const reason = 'that run has not proved it';
  return settle({ path }, 'skipped', { code: code ?? 'NOT_PROVED', reason });
}

type Examination = CheckEntriesOptions & { readonly lookup: KeyLookup | undefined };

async function examineEntry(entry: ProvedEntry, options: Examination): Promise<Item<never>> {
  const { store, control } = options;
  const { path, key, size, md5, etag, version_id } = entry;
  const file = { path, key, size, etag, versionId: version_id ?? undefined, md5: md5 ?? undefined };
  if (control.stopping.aborted) return settle(file, 'failed', control.reason);
  try {
    const newest = await objectUnder(key, options);
    const judged = newest && (await examineObject(newest, entry, options));
    if (judged && judged.kind !== 'differs') return settleJudged(file, judged);
    const version = await versionOf(entry, store);
    if (version) return settleJudged(file, await examineObject(version, entry, options));
    return judged ? settleJudged(file, judged) : missingThere(file);
  } catch (error) {
    if (error instanceof StoreError && error.status === 404) return missingThere(file);
    return settleTrouble(file, error, 'VERIFY_FAILED', options);
  }
}

async function versionOf({ key, version_id }: ProvedEntry, store: Store): Promise<ObjectState | undefined> {
  return version_id === null ? undefined : headOrNothing(store, { key, versionId: version_id });
}

async function examineObject(
  found: ObjectState,
  entry: ProvedEntry,
  { store, readsBack }: Examination,
): Promise<Judgement> {
  const { key, size, etag, proof } = entry;
  const expected: Expected = {
    size,
    md5: entry.md5 ?? undefined,
    crc32: undefined,
    partsEtag: proof === 'etag-parts' ? etag : undefined,
    etag,
  };
  const judgement = judge(found, expected);
  if (judgement.kind === 'differs') return judgement;
  const canRead = expected.md5 !== undefined || expected.partsEtag !== undefined;
  if (canRead && readsBack?.(key)) return readBack(store, key, found, expected);
  // The ETag of that very write, by which that run has proved it: nobody has written since.
  return judgement.kind === 'unproved' && found.etag === etag ? { kind: 'proved', proof } : judgement;
}
