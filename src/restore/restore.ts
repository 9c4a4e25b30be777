import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import chain from 'stream-chain';
import { BackupError, fatalOf } from '../errors.ts';
import { type OpenStore, openStore } from '../open-store.ts';
import { endpointOf } from '../options.ts';
import { OutageWatch } from '../outage-watch.ts';
import { type Entries, MemoryEntries } from '../report/entries.ts';
import { RunControl } from '../run-control.ts';
import { destinationName, takeLocks } from '../run-lock.ts';
import { accessUnlessStopped } from '../s3/access.ts';
import { createReading } from '../source/content.ts';
import { reportTo } from '../stages/report.ts';
import { choose } from './choose.ts';
import { compareLocal } from './compare-local.ts';
import { fetch } from './fetch.ts';
import { folders } from './folders.ts';
import type { RestoreEnd } from './item.ts';
import { logRestored } from './log-restored.ts';
import { objects } from './objects.ts';
import { type ResolvedRestore, type RestoreOptions, resolveRestore } from './options.ts';
import { place } from './place.ts';
import { plan } from './plan.ts';
import {
  errorOf,
  type RestoreEntry,
  type RestoreReport,
  type RestoreSummary,
  RestoreTally,
  summarizeRestore,
} from './summary.ts';

/**
 * Puts the files of a backup back into a folder, and returns the report.
 *
 * @throws BackupError when nothing was touched: a bad option, no folder, no access to the bucket. A store that is lost later
 * on is `error` in the report.
 */
export async function restore(options: RestoreOptions): Promise<RestoreReport> {
  const entries = new MemoryEntries<RestoreEnd>();
  const summary = await runRestore(options, entries);
  const errors = entries.list.map(errorOf).filter((error) => error !== undefined);
  return { ...summary, errors, files: entries.list };
}

/** `restore` for reports of any size: the entries are kept where the caller says. */
export async function runRestore(
  options: RestoreOptions,
  entries: Entries<RestoreEnd>,
): Promise<RestoreSummary> {
  const start = new Date();
  const resolved = resolveRestore(options);
  const control = new RunControl(options.signal);
  const { onOutage } = new OutageWatch(resolved);
  const opened = openStore({ ...resolved, onOutage }, control.aborting);
  const release = await lockTarget(resolved, start);
  const tally = new RestoreTally(resolved.requireProof);
  const sink = reportTo(tally, { entries, onEntry: (entry) => follow(entry, resolved) });
  try {
    const { store } = opened;
    if (await accessUnlessStopped(store, resolved.prefix, endpointOf(resolved), control)) {
      await runStages(resolved, { ...opened, control, sink });
    }
    const { bucket, prefix, dryRun, signal, target } = resolved;
    const facts = { bucket, prefix, dryRun, signal, to: target.path, versionAt: options.versionAt };
    return summarizeRestore({ options: facts, start, tally, failure: control.failure });
  } finally {
    control.close();
    opened.store.close();
    release();
  }
}

/** One run at a time on this machine for a folder: neither a second restore to it, nor a backup of it. */
async function lockTarget(options: ResolvedRestore, start: Date): Promise<() => void> {
  if (options.dryRun) return () => undefined;
  const { waitSeconds, signal } = options;
  const target = options.target.path;
  const source = destinationName(options);
  return takeLocks({
    resources: [target],
    holder: { pid: process.pid, since: start.toISOString(), source, target },
    waitSeconds,
    signal,
  });
}

interface RestoreParts extends OpenStore {
  readonly control: RunControl;
  readonly sink: ReturnType<typeof reportTo<RestoreEnd, RestoreTally>>;
}

async function runStages(options: ResolvedRestore, parts: RestoreParts): Promise<void> {
  const { logger, bucket, prefix, target, dryRun } = options;
  const { control, sink } = parts;
  logger.info({ operation: 'start', bucket, prefix, target: target.path, dryRun }, 'restore started');
  try {
    await runPipeline(options, parts);
    requireSomething(options, parts);
  } catch (error) {
    control.fail(fatalOf(error));
  }
  const { failure } = control;
  if (failure)
    logger.error({ operation: 'end', code: failure.code, reason: failure.message }, 'restore failed');
  else logger.info({ operation: 'end', ...sink.tally.counts }, 'restore ended');
}

/** The whole restore: every object goes through these stages, in this order. */
function runPipeline(options: ResolvedRestore, parts: RestoreParts): Promise<void> {
  const { store, control, uploads: concurrency, onUploaded: onFetched, sink } = parts;
  const { progress, memoryBytes } = options;
  const onRead = (bytes: number) => {
    progress.bytes += bytes;
  };
  const shared = { ...options, store, control, reading: createReading(memoryBytes) };
  const looking = [choose(options), folders(options), compareLocal(shared)] as const;
  const stages: unknown = options.dryRun
    ? chain([...looking, plan()])
    : chain([...looking, fetch({ ...shared, concurrency, onRead, onFetched }), place(shared)]);
  return pipeline(objects({ ...shared, where: endpointOf(options) }), stages as Duplex, sink);
}

/** A restore that brings nothing back is none: the prefix is probably another one. */
function requireSomething(
  { bucket, prefix, within }: ResolvedRestore,
  { control, sink }: RestoreParts,
): void {
  const { tally } = sink;
  const chosen = tally.total - tally.counts.skipped + tally.planned.files;
  if (chosen > 0 || control.stopping.aborted) return;
  throw new BackupError(
    'NOTHING_TO_RESTORE',
    `No object that is wanted is in s3://${bucket}/${prefix}${within}.`,
    {
      hint: 'Check s3.prefix, the pattern, and --version-at.',
    },
  );
}

function follow(entry: RestoreEntry, { logger, progress, onEntry }: ResolvedRestore): void {
  progress.files += 1;
  if (entry.fate === 'failed') progress.failed += 1;
  logRestored(logger, entry);
  onEntry?.(entry);
}
