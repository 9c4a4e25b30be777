import { hostname } from 'node:os';
import type { Start } from '../core/start.ts';
import type { RunControl } from '../flow/run-control.ts';
import type { HeldLease } from '../lease/held-lease.ts';
import { LeaseObject } from '../lease/lease-object.ts';
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

/** The run that asks for a lease. */
interface LeasingRun {
  readonly control: RunControl;
  readonly start: Start;
}

export interface LeaseRequest {
  /** Key of the lease. */
  readonly key: string;
  readonly waitSeconds: number;
}

/**
 * Takes the lease of a run. It has connections of its own, so that no upload delays a renewal. A lease that is lost ends the run.
 *
 * @throws BackupError `LOCKED`, `LEASE_UNSUPPORTED`, or what keeps a run from its bucket
 */
export async function openLease(
  options: OpenStoreOptions,
  { key, waitSeconds }: LeaseRequest,
  { control, start }: LeasingRun,
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
      waitSeconds,
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

/** Works while the lease is held, if one is asked for. */
export async function withLease(
  request: LeaseRequest | undefined,
  options: OpenStoreOptions,
  run: LeasingRun,
  work: (lease: HeldLease | undefined) => Promise<void>,
): Promise<void> {
  const opened = request && (await openLease(options, request, run));
  try {
    await work(opened?.lease);
  } finally {
    await opened?.close();
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
