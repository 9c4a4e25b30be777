import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import chain from 'stream-chain';
import type { TypedReadable } from 'stream-chain/typed-streams.js';
import type { Limit, LimitStep } from '../flow/adaptive-limit.ts';
import { bypassSettled, type Stages } from '../flow/bypass-settled.ts';
import { batchLimit } from '../flow/descriptor-limits.ts';
import type { Fence } from '../flow/fence.ts';
import type { FileInWork } from '../flow/file-in-work.ts';
import type { Flow, Found, Item, Selected } from '../flow/item.ts';
import type { RunControl } from '../flow/run-control.ts';
import type { RunTransferLimit, TransferLimit } from '../flow/transfer-limit.ts';
import type { HeldLease } from '../lease/held-lease.ts';
import type { ReportSink } from '../report/report-sink.ts';
import type { FileCount } from '../run/file-count.ts';
import { type KeyLookup, keyLookupFor } from '../s3/key-lookup.ts';
import type { OutageNews } from '../s3/outage.ts';
import type { Store } from '../s3/store.ts';
import { compare } from '../stages/compare.ts';
import { deleteSource } from '../stages/delete-source.ts';
import { filter } from '../stages/filter.ts';
import { hash } from '../stages/hash.ts';
import { list } from '../stages/list.ts';
import { type IsStored, isStoredIn } from '../stages/moved-before.ts';
import { plan } from '../stages/plan.ts';
import type { RecordFiles } from '../stages/record-first.ts';
import { scan } from '../stages/scan.ts';
import { skipUnchanged } from '../stages/skip-unchanged.ts';
import { upload } from '../stages/upload.ts';
import { verify } from '../stages/verify.ts';
import type { ChangedFiles } from './changed-files.ts';
import { withinLimit } from './delete-limit.ts';
import { movedEarlier } from './moved-earlier.ts';
import { childOptions } from './processes/child-options.ts';
import type { ChildOptions } from './processes/messages.ts';
import { share } from './processes/share.ts';
import type { ResolvedOptions } from './resolve-options.ts';
import type { RunRecorder } from './run-recorder.ts';

/** Collaborators and facts that the stages of one folder share, besides the options. */
export interface PipelineContext extends TransferContext {
  readonly sink: ReportSink;
  readonly changed: ChangedFiles;
  readonly count: FileCount;
  readonly onAtOnce: (change: number) => void;
  readonly onOutage: (news: OutageNews) => void;
  readonly onLimitStep: (step: LimitStep, pid?: number) => void;
  readonly transferLimit: RunTransferLimit | undefined;
  /** Records what the run does; undefined if the run stores no manifest. */
  readonly recorder: RunRecorder | undefined;
  /** The lease of the run; undefined if it has none. */
  readonly lease: HeldLease | undefined;
}

/** Collaborators and facts that the stages share over all folders of a run. */
export type RunContext = Omit<PipelineContext, 'changed'>;

/** Collaborators and facts that the stages from hash to delete-source share, in this process or in a child process. */
export interface TransferContext {
  readonly store: Store;
  readonly control: RunControl;
  /** Whether it is known that there is nothing below the prefix. */
  readonly isEmpty: boolean;
  /** Limit of concurrent uploads. */
  readonly uploads: Limit;
  /** Limit on the bytes that the run sends; undefined if it has none. */
  readonly transferLimit: TransferLimit | undefined;
  readonly onRead: (bytes: number) => void;
  /** Called while files are sent, with the number of bytes. Undefined if no progress is shown. */
  readonly onSent?: ((bytes: number) => void) | undefined;
  /** Files in upload. Undefined if no progress is shown. */
  readonly inWork?: Set<FileInWork> | undefined;
  readonly onUploaded: (bytes: number) => void;
  readonly onFolderRemoved: (path: string) => void;
  readonly onRestored: (path: string) => void;
  /** Records files before they are deleted. Default: they are not recorded. */
  readonly record?: RecordFiles | undefined;
  /** Asked before each deletion. Default: nothing is asked. */
  readonly fence?: Fence | undefined;
}

/** The work of a run on files: how it finds them, and which stages they pass. */
export interface FileWork {
  /** Name of the work in the log. */
  readonly name: 'run' | 'verification';
  /** Whether `dryRun` makes it a plan, which the report then shows. A verification is none, although it changes nothing. */
  readonly plans: boolean;
  /** Whether the run warns if it finds no file, and fails if `failIfEmpty` is set. */
  readonly wantsFiles: boolean;
  /** Whether files are sent. A verification only reads them. */
  readonly sends: boolean;
  find(options: ResolvedOptions, context: PipelineContext): Readable;
  /** Finds the files that are here, for a count of what is to be done. @param control Its stop ends the search. */
  findHere(options: ResolvedOptions, control: RunControl): AsyncIterable<Item<Found>>;
  run(found: Readable, options: ResolvedOptions, context: PipelineContext): Promise<void>;
}

/** Collaborators of a walk. Without `onRestored` nobody is told of files that are put back. */
export type FindContext = Pick<PipelineContext, 'control' | 'isEmpty'> &
  Partial<Pick<PipelineContext, 'onRestored'>>;

/**
 * Finds the files by walking the source, or from a list.
 *
 * @param enter Whether the walk enters a folder. Default: it enters folders that are not excluded.
 */
export function findFiles(
  options: ResolvedOptions,
  { control, onRestored, isEmpty }: FindContext,
  enter = (folder: string) => options.selection.enters(options.root, folder),
): TypedReadable<Flow<Found>> {
  const { root: source, links } = options;
  if (options.list) return list({ source, links, control, ...options.list });
  const inKeyOrder = trustsTimes(options, isEmpty);
  const whyNot = (path: string) => options.selection.whyNot(source, path);
  const recovers = !options.dryRun;
  return scan({ ...options, source, control, enter, whyNot, inKeyOrder, recovers, onRestored });
}

/** Whether the run skips reading files that have not changed since they were stored. */
function trustsTimes({ compare }: ResolvedOptions, isEmpty: boolean): boolean {
  return compare !== 'checksum' && !isEmpty;
}

/** Runs the whole pipeline of a backup: every file passes these stages, in this order. */
export async function runPipeline(
  found: Readable,
  options: ResolvedOptions,
  context: PipelineContext,
): Promise<void> {
  const unchanged = trustsTimes(options, context.isEmpty) ? [skipUnchanged({ ...options, ...context })] : [];
  const stages = bypassSettled(stagesFor(options, context));
  const { deletions, deleteHardLinks } = options;
  const limited = deletions ? [withinLimit(deletions, context.control, deleteHardLinks)] : [];
  await pipeline([found, filter(options), ...limited, ...unchanged, stages, context.sink], { end: false });
}

/** The stages for selected files. */
function stagesFor(options: ResolvedOptions, context: PipelineContext): Stages<Selected> {
  const { dryRun, processes } = options;
  const held = context.changed.filter();
  if (dryRun) return chain([planOf(options, context), held]);
  return processes > 1
    ? chain([share(options, context), held])
    : chain([
        ...transfer(options, { ...context, record: context.recorder?.record, fence: context.lease }),
        held,
      ]);
}

function planOf(options: ResolvedOptions, context: PipelineContext) {
  const { store } = context;
  const { deleteAfterUpload: deletes, prefix } = options;
  const room = { ...childOptions(options), maxParts: store.maxParts };
  const concurrency = batchLimit();
  const lookup = keyLookupFor(store, prefix, concurrency);
  const isStored = isStoredFor(options, store, lookup);
  return plan({ ...options, ...context, deletes, room, lookup, concurrency, isStored });
}

/** How a missing file of a list is looked for in S3. Undefined if it is not: the file is then NOT_FOUND. */
function isStoredFor(
  { isMovedList, manifest, prefix }: Pick<ResolvedOptions, 'isMovedList' | 'manifest' | 'prefix'>,
  store: Store,
  lookup: KeyLookup | undefined,
): IsStored | undefined {
  if (!isMovedList) return undefined;
  const isStored = isStoredIn(store, lookup);
  return manifest ? movedEarlier(store, prefix, isStored) : isStored;
}

/** The work of a backup: finds files by a walk or a list, and sends them through all stages. */
export const BACKUP: FileWork = {
  name: 'run',
  plans: true,
  wantsFiles: true,
  sends: true,
  find: findFiles,
  findHere: (options, control) => findFiles(options, { control, isEmpty: true }),
  run: runPipeline,
};

/** The stages from hash to delete-source, for this process or a child process. */
export function transfer(options: Omit<ChildOptions, 'bytesPerSecond'>, context: TransferContext) {
  const { store, control, isEmpty, uploads, transferLimit, onRead, onSent, onUploaded } = context;
  const { inWork, onFolderRemoved, onRestored, record, fence } = context;
  const { prefix, deleteAfterUpload: deletes, maxDelete } = options;
  const onlyCounted = maxDelete !== undefined;
  const gathered = batchLimit();
  const inBatches = { store, control, concurrency: gathered };
  const lookup = () => keyLookupFor(store, prefix, gathered);
  const isStored = isEmpty ? undefined : isStoredFor(options, store, lookup());
  return [
    hash<Selected>({ ...options, maxParts: store.maxParts, control, onRead, onRestored, isStored }),
    compare({ ...options, ...inBatches, isEmpty, lookup: lookup() }),
    upload({
      store,
      control,
      concurrency: uploads,
      onUploaded,
      onSent,
      inWork,
      neverOverwrites: options.overwrite === 'never',
      maxTransferBytes: transferLimit,
    }),
    verify({
      ...options,
      ...inBatches,
      strength: options.verify,
      lookup: lookup(),
    }),
    deleteSource({
      ...options,
      ...{ store, control, onlyCounted, onFolderRemoved, record, fence },
      enabled: deletes,
    }),
  ] as const;
}
