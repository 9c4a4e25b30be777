import { DEFAULTS, FILES_AT_ONCE } from '../core/defaults.ts';
import type { Logger } from '../core/logger.ts';
import { checked } from '../core/require-options.ts';
import { AdaptiveLimit, type Limit } from '../flow/adaptive-limit.ts';
import { uploadLimit } from '../flow/descriptor-limits.ts';
import { Store, type StoreOptions } from '../s3/store.ts';

/** A file that is uploaded and one that is verified meanwhile. */
const CONNECTIONS_PER_FILE = 2;

export interface OpenStoreOptions extends Omit<StoreOptions, 'connections' | 'onSlowDown' | 'signal'> {
  /** Files uploaded at once. Default: as many as the store is best at. */
  readonly concurrency?: number | undefined;
  /** Processes that these are spread over. Default 1. */
  readonly processes?: number | undefined;
  readonly logger?: Logger | undefined;
}

/** The store of a run, and how many files are uploaded to it at once. */
export interface OpenStore {
  readonly store: Store;
  readonly uploads: Limit;
  /** To be told of every upload that has succeeded, in bytes. */
  readonly onUploaded: (bytes: number) => void;
}

/**
 * @param signal Ends requests in flight.
 * @param processes That upload to the store at the same time.
 */
export function openStore(
  options: OpenStoreOptions,
  signal: AbortSignal,
  processes: number = DEFAULTS.processes,
): OpenStore {
  const maxUploads = Math.ceil(uploadLimit() / processes);
  const concurrency = withinDescriptors(options, maxUploads);
  const adaptive = new AdaptiveLimit(Math.ceil(FILES_AT_ONCE / processes), maxUploads);
  const store = new Store({
    // Beside those of a store they have those of a run.
    ...checked(options),
    connections: CONNECTIONS_PER_FILE * (concurrency ?? maxUploads),
    signal,
    onSlowDown: () => adaptive.onSlowDown(),
  });
  return {
    store,
    uploads: concurrency === undefined ? adaptive : { current: concurrency },
    onUploaded: (bytes) => adaptive.onDone(bytes),
  };
}

/** Each file in work takes several descriptors: without them it would wait for others all the time. */
function withinDescriptors(options: OpenStoreOptions, maxUploads: number): number | undefined {
  const { concurrency, processes = DEFAULTS.processes, logger } = options;
  if (concurrency === undefined || concurrency <= maxUploads * processes) return concurrency;
  const used = maxUploads * processes;
  const details = { operation: 'start', concurrency, used };
  logger?.warn(details, 'the limit of open files is too low for so many files at once; raise it (ulimit -n)');
  return used;
}
