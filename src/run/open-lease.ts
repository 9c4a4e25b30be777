import { hostname } from 'node:os';
import type { Start } from '../core/start.ts';
import type { RunControl } from '../flow/run-control.ts';
import type { HeldLease } from '../lease/held-lease.ts';
import { LeaseObject } from '../lease/lease-object.ts';
import type { LeaseTimes } from '../lease/lease-times.ts';
import { takeLease } from '../lease/take-lease.ts';
import { accessErrorFrom } from '../s3/access.ts';
import { StoreError } from '../s3/store-error.ts';
import { type OpenStoreOptions, openStore } from './open-store.ts';
import { readableAtOnce } from './readable-at-once.ts';

/** How long the release of a lease may take, in milliseconds. After that it lapses by itself. */
const RELEASE_MS = 5_000;

/** The lease of a run, and what gives it back at the end. */
export interface OpenLease {
  readonly lease: HeldLease;
  readonly close: () => Promise<void>;
}

export interface LeaseRequest {
  /** Key of the lease. */
  readonly key: string;
  readonly waitSeconds: number;
  /** Default: those of every run. */
  readonly times?: LeaseTimes | undefined;
}

/**
 * Takes the lease of a run. It has connections of its own, so that no upload delays a renewal. A lease that is lost ends the run.
 *
 * @throws BackupError `LOCKED`, `LEASE_UNSUPPORTED`, or what keeps a run from its bucket
 */
export async function openLease(
  options: OpenStoreOptions,
  { key, waitSeconds, times }: LeaseRequest,
  { control, start }: { readonly control: RunControl; readonly start: Start },
): Promise<OpenLease> {
  const ending = new AbortController();
  const own = {
    ...plain(options),
    concurrency: 1,
    isReached: true,
    onOutage: undefined,
    onLimitStep: undefined,
  };
  const { store } = openStore(own, ending.signal);
  const holder = { host: hostname(), pid: process.pid, since: start.date.toISOString() };
  try {
    const lease = await takeLease({
      object: new LeaseObject(store, key, holder),
      ...{ waitSeconds, times },
      signal: control.stopping,
      onLost: (error) => control.fail(error),
    });
    const close = async () => {
      const timer = setTimeout(() => ending.abort(), RELEASE_MS);
      await lease.release();
      clearTimeout(timer);
      store.close();
    };
    return { lease, close };
  } catch (error) {
    store.close();
    throw error instanceof StoreError ? accessErrorFrom(error, store) : error;
  }
}

/** Options for an object that is written anew every few seconds: a lock of its versions would keep all of them. */
function plain(options: OpenStoreOptions): OpenStoreOptions {
  const {
    retentionMode: _,
    retentionSeconds: __,
    legalHold: ___,
    ...object
  } = readableAtOnce(options).object ?? {};
  return { ...options, object };
}
