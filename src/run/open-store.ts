import { DEFAULTS, FILES_AT_ONCE } from '../core/defaults.ts';
import type { Logger } from '../core/logger.ts';
import { checked } from '../core/require-options.ts';
import { AdaptiveLimit, type Limit, type LimitStep } from '../flow/adaptive-limit.ts';
import { uploadLimit } from '../flow/descriptor-limits.ts';
import { Store, type StoreOptions } from '../s3/store.ts';

/** Connections per file in work: one file is uploaded while another is verified. */
const CONNECTIONS_PER_FILE = 2;

export interface OpenStoreOptions extends Omit<StoreOptions, 'connections' | 'onSlowDown' | 'signal'> {
  /** Files uploaded at once. Default: the number with which the store is fastest, found during the run. */
  readonly concurrency?: number | undefined;
  /** Number of processes that share the uploads. Default 1. */
  readonly processes?: number | undefined;
  readonly logger?: Logger | undefined;
  /** Called when the number of files uploaded at once changes. */
  readonly onLimitStep?: ((step: LimitStep) => void) | undefined;
}

/** The store of a run, and the limit of concurrent uploads. */
export interface OpenStore {
  readonly store: Store;
  readonly uploads: Limit;
  /** Must be called for every upload that has succeeded, with its number of bytes. */
  readonly onUploaded: (bytes: number) => void;
}

/**
 * Opens the store of a run.
 *
 * @param signal Signal whose abort ends requests in flight.
 * @param processes Number of processes that upload at the same time.
 */
export function openStore(
  options: OpenStoreOptions,
  signal: AbortSignal,
  processes: number = DEFAULTS.processes,
): OpenStore {
  const maxUploads = Math.ceil(uploadLimit() / processes);
  const concurrency = withinDescriptors(options, maxUploads);
  const start = Math.ceil(FILES_AT_ONCE / processes);
  const adaptive = new AdaptiveLimit(start, maxUploads, options.onLimitStep);
  const uploads = concurrency === undefined ? adaptive : { current: concurrency };
  const store = new Store({
    // Options of a run come with those of a store.
    ...checked(options),
    connections: CONNECTIONS_PER_FILE * (concurrency ?? maxUploads),
    signal,
    onSlowDown: () => {
      if (uploads === adaptive) adaptive.onSlowDown();
    },
  });
  return { store, uploads, onUploaded: (bytes) => adaptive.onDone(bytes) };
}

/**
 * Lowers the number of uploads to what the limit of descriptors allows. A file in work takes several descriptors; without them
 * it would wait for others all the time.
 */
function withinDescriptors(options: OpenStoreOptions, maxUploads: number): number | undefined {
  const { concurrency, processes = DEFAULTS.processes, logger } = options;
  if (concurrency === undefined || concurrency <= maxUploads * processes) return concurrency;
  const used = maxUploads * processes;
  const details = { operation: 'start', concurrency, used };
  logger?.warn(details, 'the limit of open files is too low for this concurrency; raise it (ulimit -n)');
  return used;
}
