import { isLimit } from '../../core/errors.ts';
import { Start } from '../../core/start.ts';
import { untilAborted } from '../../core/until-aborted.ts';
import { RunControl } from '../../flow/run-control.ts';
import { proxyVariables } from '../../http/proxy.ts';
import { readManifest } from '../../manifest/read-manifest.ts';
import { type RunRecord, readRunRecord } from '../../manifest/run-record.ts';
import { type Shard, shardRange } from '../../plans/shard-options.ts';
import type { ReportSummary } from '../../report/report.ts';
import { limitDuration } from '../../run/limit-duration.ts';
import { setTotal } from '../../run/progress.ts';
import type { Store } from '../../s3/store.ts';
import { namesOf, sourceRoots } from '../../source/sources.ts';
import type { VerifyEntry, VerifyRequest, VerifyResult } from '../../verify/result.ts';
import { verifyFiles } from '../../verify/verify-files.ts';
import { verifyRecord } from '../../verify/verify-record.ts';
import type { LoadedConfig } from '../config/index.ts';
import type { CliContext } from '../context.ts';
import { wrapLines } from '../output/layout.ts';
import { oneLine, printable } from '../output/printable.ts';
import type { ShownProgress } from '../output/progress-meter.ts';
import type { Screen } from '../output/screen.ts';
import { unfinishedNote } from '../output/unfinished-note.ts';
import { openRecordFile } from './open-record-file.ts';
import { backupOptions, destinationOptions } from './options-from-settings.ts';
import { ownFiles } from './own-files.ts';
import type { VerifyFlags } from './verify-flags.ts';
import { type OpenedStore, withStore } from './with-store.ts';

/** What a verification works with, whether it reads local files or a record. */
export interface Verification {
  readonly context: CliContext;
  readonly screen: Screen;
  /** The configuration as it was loaded. */
  readonly given: LoadedConfig;
  /** The same with the names of this shard's outputs. */
  readonly config: LoadedConfig;
  readonly flags: VerifyFlags;
  /** The shard whose keys are verified; undefined for all. */
  readonly shard: Shard | undefined;
  readonly request: VerifyRequest;
  readonly signal: AbortSignal;
  readonly progress: ShownProgress;
  /** Limit for what is read back, in bytes per second; `Infinity` for none. */
  readonly bytesPerSecond: () => number;
}

/** Results that are no failures, and results of what is not compared. */
const FINE: ReadonlySet<VerifyResult> = new Set(['same', 'left-out', 'missing-here']);

/**
 * Compares the local files with the bucket, or what a record names.
 *
 * @throws BackupError if the verification ended before anything was compared
 */
export function verify(verification: Verification): Promise<ReportSummary> {
  const { against, run } = verification.flags;
  return run === undefined && against === 'bucket'
    ? againstBucket(verification)
    : againstRecord(verification);
}

async function againstBucket(verification: Verification): Promise<ReportSummary> {
  const { context, screen, given, config, shard, request, signal, progress, bytesPerSecond } = verification;
  const options = { ...backupOptions(config), proxies: proxyVariables(context.env), signal };
  for (const warning of config.warnings) screen.write(`s3-backup: ${oneLine(warning)}\n`);
  const own = ownFiles(given, context.cwd, shard !== undefined);
  const source = namesOf(sourceRoots(options.source));
  const range = shard && (await shardRange(options, shard, source));
  return verifyFiles({ ...options, range, ownFiles: own, progress, bytesPerSecond }, request);
}

async function againstRecord(verification: Verification): Promise<ReportSummary> {
  const { context, screen, config, flags, shard, request, signal, progress, bytesPerSecond } = verification;
  const control = new RunControl(signal);
  const endLimit = limitDuration(control, new Start(), config.settings.transfer.max_duration);
  const onResult = (entry: VerifyEntry) => {
    progress.files += 1;
    progress.done.files += 1;
    if (!FINE.has(entry.result)) progress.failed += 1;
    request.onResult(entry);
  };
  const work = async ({ store, prefix }: OpenedStore) => {
    const place = { ...destinationOptions(config), proxies: proxyVariables(context.env) };
    const range = shard && (await shardRange({ ...place, signal: control.aborting }, shard));
    const record =
      flags.run === undefined
        ? await readRunRecord(untilAborted(openRecordFile(context, flags.against), signal), flags.against)
        : await readManifest(store, prefix, flags.run);
    for (const note of notesOn(record, store, prefix))
      screen.write(wrapLines(`s3-backup: ${note}\n`, context.stderr));
    const { entryCount } = record;
    const takesAll = flags.pattern === undefined && range === undefined;
    if (entryCount !== undefined && takesAll) setTotal(progress, entryCount, 0);
    const { exit_codes: exitCodes } = config.settings.report;
    return verifyRecord(record, { ...request, onResult, store, control, signal, range, exitCodes });
  };
  try {
    return await withStore(context, config, work, { signal: control.aborting, bytesPerSecond });
  } catch (error) {
    const { failure, aborting } = control;
    // A request that was aborted at the limit has failed for no other reason.
    throw failure && isLimit(failure) && aborting.aborted ? failure : error;
  } finally {
    // Requests for the first entries may be in flight if the record breaks off; they must not wait for an outage to end.
    control.abort();
    endLimit();
    control.close();
  }
}

/** Notes for a record of an unfinished run, or of another bucket or prefix than the configured ones. */
function notesOn(record: RunRecord, store: Store, prefix: string): string[] {
  const { bucket, prefix: recorded } = record;
  const otherBucket = `the record is of the bucket ${bucket}; it is compared with the bucket ${store.bucket}`;
  const otherPrefix = `the record is of the prefix ${printable(recorded) || "''"}; that is compared, not the prefix ${prefix || "''"}`;
  return [
    ...(record.isUnfinished ? [unfinishedNote(record)] : []),
    ...(bucket === store.bucket ? [] : [oneLine(otherBucket)]),
    ...(recorded === prefix ? [] : [oneLine(otherPrefix)]),
  ];
}
