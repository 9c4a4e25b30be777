import type { LimitStep } from '../../flow/adaptive-limit.ts';
import { batchLimit } from '../../flow/descriptor-limits.ts';
import type { FileInWork } from '../../flow/file-in-work.ts';
import type { Selected } from '../../flow/item.ts';
import type { RunControl } from '../../flow/run-control.ts';
import { type Stage, stage } from '../../flow/stage.ts';
import type { RunTransferLimit } from '../../flow/transfer-limit.ts';
import type { HeldLease } from '../../lease/held-lease.ts';
import type { OutageNews } from '../../s3/outage.ts';
import { EmptiedFolders } from '../../source/emptied-folders.ts';
import type { ResolvedOptions } from '../resolve-options.ts';
import type { RunRecorder } from '../run-recorder.ts';
import { childOptions } from './child-options.ts';
import { Children } from './children.ts';

/** Collaborators and callbacks of the stage. */
export interface ShareContext {
  readonly control: RunControl;
  readonly isEmpty: boolean;
  readonly recorder?: RunRecorder | undefined;
  readonly lease?: HeldLease | undefined;
  readonly transferLimit: RunTransferLimit | undefined;
  readonly onRead: (bytes: number) => void;
  readonly onSent?: ((bytes: number) => void) | undefined;
  readonly inWork?: Set<FileInWork> | undefined;
  readonly onAtOnce: (change: number) => void;
  readonly onRestored: (path: string) => void;
  readonly onOutage: (news: OutageNews) => void;
  readonly onLimitStep: (step: LimitStep, pid?: number) => void;
  readonly onFolderRemoved: (path: string) => void;
}

/** Batches of files per child. Its stages hold up to three (look-up, verification, deletion), and a fourth is on its way. */
const BATCHES_EACH = 4;

/**
 * The stage in place of hash to delete-source: sends files through these stages in other processes.
 *
 * - In: selected files. Out: settled items only, each exactly once, whatever becomes of the process that had it in work.
 * - Settles by itself: RUN_FAILED and INTERRUPTED, if a process has ended early.
 * - At the end removes the folders that were emptied: two processes may have emptied one together.
 * - Memory: paths and keys of up to 4,000 files per process.
 */
export function share(options: ResolvedOptions, context: ShareContext): Stage<Selected, never> {
  const { bytesPerSecond } = options;
  const children = new Children({ ...context, bytesPerSecond, options: childOptions(options) });
  const emptied = new EmptiedFolders();
  const work = async (file: Selected) => {
    const item = await children.settle(file);
    if (item.settled && item.settlement.fate === 'deleted') emptied.add(file.root, file.path);
    return item;
  };
  let ended: Promise<void> | undefined;
  // A child keeps files for a full batch of deletions until it knows that no more come.
  const onLast = () => {
    ended = children.end();
  };
  const flush = async () => {
    await ended;
    if (options.removeEmptyDirectories) await emptied.remove(context.onFolderRemoved);
  };
  return stage(options.processes * BATCHES_EACH * batchLimit(), work, {
    onLast,
    flush,
    hurry: () => children.giveUp(),
  });
}
