/** The room `lease` makes sure that only one run at a time, on whatever machine, works on a prefix or a shard: by an object in the bucket. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { BackupError } from '../core/errors.ts';
import { StoreError } from '../s3/store-error.ts';
import type { WriteCondition } from '../s3/store-types.ts';
import { HeldLease } from './held-lease.ts';
import { heldError, unsupportedError } from './lease-error.ts';
import type { LeaseObject, LeaseState, LeaseWrite } from './lease-object.ts';
import { LEASE_TIMES, type LeaseTimes } from './lease-times.ts';

export interface TakeLeaseOptions {
  readonly object: LeaseObject;
  /** How long to wait for a run that is known to live, in seconds. Default 0. */
  readonly waitSeconds?: number | undefined;
  /** An abort ends the waiting at once, with `LOCKED`. */
  readonly signal?: AbortSignal | undefined;
  /** Called once if the lease does not protect the run any more. */
  readonly onLost: (error: BackupError) => void;
  /** Default: those of every run. Runs with other times must not share a lease. */
  readonly times?: LeaseTimes | undefined;
}

/** Codes with which stores refuse a condition on a write: they know none. */
const REFUSALS: ReadonlySet<string> = new Set(['NotImplemented', 'InvalidArgument', 'InvalidRequest']);

/**
 * Takes a lease: an object that its holder writes anew every few seconds, and whose writes are all on a condition, so that of two
 * runs one succeeds.
 *
 * - A free lease is written on condition that there is none (If-None-Match), one that has lapsed or was given back on
 *   condition that it is unchanged (If-Match).
 * - A lease has lapsed when its last write is older than 60 s by the store's clock, or was seen to stay the same for as long.
 * - After a write the same one is sent once more. A store that does not refuse it heeds no conditions. A free lease is
 *   renewed at once, so that both conditions are tried.
 * - A holder that does not renew its lease may have crashed, so it is waited for, until the lease lapses. A holder that is seen to
 *   renew it lives, and is waited for as long as `waitSeconds` says.
 *
 * @throws BackupError `LOCKED`, `LEASE_UNSUPPORTED`; StoreError
 */
export async function takeLease(options: TakeLeaseOptions): Promise<HeldLease> {
  const { object, waitSeconds = 0, signal, onLost, times = LEASE_TIMES } = options;
  const began = performance.now();
  let first: Seen | undefined;
  let isAlive = false;
  for (;;) {
    const there = await object.look();
    if (first?.etag !== there?.etag) {
      isAlive ||= first !== undefined;
      first = there && { etag: there.etag, seenAt: performance.now(), wasRefused: false };
    }
    const condition = conditionFor(there, first, times);
    const taken = condition && (await write(object, condition));
    if (taken) return new HeldLease(object, taken, { onLost, times });
    const isOver = isAlive && performance.now() - began >= waitSeconds * 1_000;
    if (isOver || signal?.aborted) throw heldError(object.name, there?.record);
    // Refused twice, and nobody else has written it.
    if (first?.wasRefused) throw unsupportedError(object.name, REFUSES);
    if (first && condition) first = { ...first, wasRefused: true };
    if (!condition) await sleep(times.lookMs, undefined, { signal }).catch(() => undefined);
  }
}

const REFUSES = 'refuses a write whose condition holds (If-Match)';

/** A lease that another run has written. */
interface Seen {
  readonly etag: string;
  /** When it was seen first, by `performance.now()`. */
  readonly seenAt: number;
  /** Whether a write on condition of this ETag was refused. */
  readonly wasRefused: boolean;
}

/** The condition on which the lease can be taken now; undefined if another run may hold it. */
function conditionFor(
  there: LeaseState | undefined,
  first: Seen | undefined,
  { lapseMs }: LeaseTimes,
): WriteCondition | undefined {
  if (there === undefined) return { ifAbsent: true };
  const { etag, record, ageMs = 0 } = there;
  const seenMs = first?.etag === etag ? performance.now() - first.seenAt : 0;
  return record?.released || Math.max(ageMs, seenMs) > lapseMs ? { ifMatch: etag } : undefined;
}

/** @throws BackupError `LEASE_UNSUPPORTED` */
async function write(object: LeaseObject, condition: WriteCondition): Promise<LeaseWrite | undefined> {
  try {
    const written = await writeTwice(object, condition);
    if (written === undefined || !condition.ifAbsent) return written;
    const renewed = await writeTwice(object, { ifMatch: written.etag });
    // Nobody else may have written a lease that was taken a moment ago.
    if (renewed === undefined) throw unsupportedError(object.name, REFUSES);
    return renewed;
  } catch (error) {
    if (error instanceof StoreError && REFUSALS.has(error.code))
      throw unsupportedError(object.name, `refuses conditions on a write (${error.code})`, error);
    throw error;
  }
}

async function writeTwice(object: LeaseObject, condition: WriteCondition): Promise<LeaseWrite | undefined> {
  const written = await object.write(condition);
  if (written && (await object.isWrittenAgain(written, condition)))
    throw unsupportedError(
      object.name,
      'overwrites an object although the condition of the write does not hold',
    );
  return written;
}
