import type { BackupError } from '../../core/errors.ts';
import type { Moment } from '../../core/moment.ts';
import type { LimitStep } from '../../flow/adaptive-limit.ts';
import type { FileInWork } from '../../flow/file-in-work.ts';
import type { Selected, Settlement } from '../../flow/item.ts';
import type { OutageNews } from '../../s3/outage.ts';
import type { ResolvedOptions } from '../resolve-options.ts';
import type { ChildRecord } from '../segment-writer.ts';

/** Options that cannot be sent to another process, or that only matter before files are sent. */
type StaysHere =
  | 'signal'
  | 'logger'
  | 'onEntry'
  | 'onEvent'
  | 'progress'
  | 'confirm'
  | 'list'
  | 'selection'
  | 'collisions'
  | 'deletions';

/**
 * Options of a child process, plain data only. They include credentials, so they are sent as a message: other users can read
 * the arguments of a process.
 */
export interface ChildOptions extends Omit<ResolvedOptions, StaysHere> {
  /** The child's share of the bandwidth limit when it begins. Default: no limit. */
  readonly bytesPerSecond?: number | undefined;
}

/** The first message to a child. */
export interface Beginning {
  readonly options: ChildOptions;
  /** Whether there was nothing below the prefix when the run began. */
  readonly isEmpty: boolean;
  /** How the child records files before it deletes them. Undefined if the run stores no manifest. */
  readonly record: ChildRecord | undefined;
  /** The last renewal of the run's lease. Undefined if the run has none. */
  readonly renewed: Moment | undefined;
}

/** One file for a child, without its root: all files of a child have the same. */
export type Order = Omit<Selected, 'root'>;

/** A BackupError as it is sent between processes. */
export type SerializedError = Pick<BackupError, 'code' | 'message' | 'hint' | 'temporary'>;

/** A message to a child after the first one, which is a {@link Beginning}. */
export type ToChild =
  | { readonly kind: 'files'; readonly orders: readonly Order[] }
  /** Process ids of the other children, which have source files open for reading only. */
  | { readonly kind: 'siblings'; readonly pids: readonly number[] }
  /** The child's new share of the bandwidth limit. */
  | { readonly kind: 'limit'; readonly bytesPerSecond: number }
  /** For each size that the child has asked for, in the order of its asks: whether it may send as many bytes. */
  | { readonly kind: 'granted'; readonly granted: readonly boolean[] }
  /** The lease of the run was renewed. */
  | { readonly kind: 'renewed'; readonly renewed: Moment }
  /** Stops the run in the child: by `fail` of its RunControl if there is a failure, else by `stop`. */
  | { readonly kind: 'stop'; readonly failure: SerializedError | undefined }
  /** Requests in flight must end. */
  | { readonly kind: 'abort' }
  /** There are no more files. */
  | { readonly kind: 'end' };

/** What a child has done since its last such message, and what it does now. */
export interface ChildProgress {
  readonly kind: 'progress';
  /** Bytes that were read. */
  readonly bytes: number;
  /** Bytes that were sent. */
  readonly sentBytes: number;
  /** Number of files in upload. */
  readonly atOnce: number;
  /** Of these files, those that were begun first. */
  readonly inWork: readonly FileInWork[];
}

/** A message from a child. */
export type FromChild =
  | { readonly kind: 'settled'; readonly settlements: readonly Settlement[] }
  | ChildProgress
  | { readonly kind: 'outage'; readonly news: OutageNews }
  | { readonly kind: 'limit-step'; readonly step: LimitStep }
  /** Asks for bytes of the transfer limit. The parent answers with `granted`. */
  | { readonly kind: 'ask'; readonly sizes: readonly number[] }
  /** Gives back bytes that were granted and not sent. */
  | { readonly kind: 'give-back'; readonly bytes: number }
  | { readonly kind: 'restored'; readonly path: string }
  | { readonly kind: 'failed'; readonly failure: SerializedError };
