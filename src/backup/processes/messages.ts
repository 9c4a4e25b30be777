import type { BackupError } from '../../core/errors.ts';
import type { Selected, Settlement } from '../../flow/item.ts';
import type { OutageNews } from '../../s3/outage.ts';
import type { ResolvedOptions } from '../resolve-options.ts';

/** What cannot be sent to another process, or is done before the files are. */
type StaysHere =
  | 'signal'
  | 'logger'
  | 'onEntry'
  | 'progress'
  | 'list'
  | 'selection'
  | 'collisions'
  | 'deletions';

/** Plain data only. They go through the channel: arguments and environment can be read by others, and hold no credentials. */
export interface ChildOptions extends Omit<ResolvedOptions, StaysHere> {
  /** Its share of the limit, as it is when the child begins. */
  readonly bytesPerSecond?: number | undefined;
}

/** What a child needs to know before the first file. */
export interface Beginning {
  readonly options: ChildOptions;
  /** Whether there was nothing below the prefix when the run began. */
  readonly isEmpty: boolean;
}

/** One file, without its root, which all have in common. */
export type Order = Omit<Selected, 'root'>;

/** A BackupError as it is sent between processes. */
export type SerializedError = Pick<BackupError, 'code' | 'message' | 'hint'>;

/** What a child is told after its first message, which is a {@link Beginning}. */
export type ToChild =
  | { readonly kind: 'files'; readonly orders: readonly Order[] }
  /** The other children, which have source files open for reading only. */
  | { readonly kind: 'siblings'; readonly pids: readonly number[] }
  /** Its share of the limit from now on. */
  | { readonly kind: 'limit'; readonly bytesPerSecond: number }
  /** As RunControl's `stop`, or `fail`. */
  | { readonly kind: 'stop'; readonly failure: SerializedError | undefined }
  /** There are no more files. */
  | { readonly kind: 'end' };

export type FromChild =
  | { readonly kind: 'settled'; readonly settlements: readonly Settlement[] }
  | { readonly kind: 'read'; readonly bytes: number }
  | { readonly kind: 'outage'; readonly news: OutageNews }
  | { readonly kind: 'restored'; readonly path: string }
  | { readonly kind: 'failed'; readonly failure: SerializedError };
