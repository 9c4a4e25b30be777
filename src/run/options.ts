import { DEFAULTS } from '../core/defaults.ts';
import { BackupError } from '../core/errors.ts';
import { EXIT_CODE_SETS, type ExitCodes } from '../core/exit-codes.ts';
import type { Logger } from '../core/logger.ts';
import {
  boolean,
  callback,
  nonEmptyString,
  number,
  type OptionSchemas,
  objectWith,
  oneOf,
  optional,
  seconds,
  string,
} from '../core/option-schemas.ts';
import type { RunEvent } from '../report/events.ts';
import { ENDPOINT_SCHEMA, SIGNAL, TRANSFER_SCHEMA } from '../s3/store-schema.ts';
import type { EndpointOptions, StoreOptions } from '../s3/store-types.ts';
import type { Progress } from './progress.ts';

/** Longest outage, and longest run: a hundred years, in seconds. */
const MAX_SECONDS = 36_500 * 86_400;

/** The options that backups and restores share. `Entry` is the type of an entry of the report. */
export interface RunOptions<Entry>
  extends Omit<EndpointOptions, 'connections'>,
    Pick<StoreOptions, 'transport' | 'requesterPays'> {
  readonly bucket: string;
  /** Prefix of all keys; a `/` is added at its end, and the file's path follows. Default ''. */
  readonly prefix?: string | undefined;
  /**
   * Whether a file or an object without a proof fails. If false, it counts as done; a file is still never deleted without a
   * proof, and a restore also accepts content that differs from what looks like its digest. Default true.
   */
  readonly requireProof?: boolean | undefined;
  /** How long to wait for another run on the same folder or objects, in seconds. Default 0. */
  readonly waitSeconds?: number | undefined;
  /** Whether the run only reports what it would do. Default false. */
  readonly dryRun?: boolean | undefined;
  /** Files in work at once, 1 to 256. Default: the number with which the store is fastest, found during the run. */
  readonly concurrency?: number | undefined;
  /**
   * Part size in bytes, 5 MiB to 5 GiB; default 8 MiB. A backup sends larger files in parts of at least this size. A restore
   * tries it if the store reports no part sizes.
   */
  readonly partSizeBytes?: number | undefined;
  /** Most bytes of content in memory at once: at least two parts for a backup, 32 MiB for a restore. Default 128 MiB. */
  readonly memoryBytes?: number | undefined;
  /**
   * How long the run waits for an endpoint that does not answer any request, in seconds, before it ends with `ENDPOINT_LOST`.
   * Default 900. With 0 the run does not wait, and every file in work fails by itself.
   */
  readonly maxOutageSeconds?: number | undefined;
  /**
   * How long the run may take, in seconds. Then it ends with `MAX_DURATION`: nothing new is begun, requests in flight have 5 s to
   * finish, and the next run continues. The wait for another run counts, too; time in which the machine sleeps does not (on
   * Linux). A whole number, 1 or more; default: no limit.
   */
  readonly maxDurationSeconds?: number | undefined;
  /**
   * Exit codes in the report. `temporary`: 75 if the run has ended with an error that another try may not meet, such as an
   * endpoint that is away, or another run at work. `plain`: 1 for such an error, 2 for `MAX_DURATION`. Default `plain`.
   */
  readonly exitCodes?: ExitCodes | undefined;
  /** Signal whose abort stops the run in order: nothing new is begun, and requests in flight have 5 s to finish. */
  readonly signal?: AbortSignal | undefined;
  readonly logger?: Logger | undefined;
  /**
   * Called with the entry of each file or object when it is settled. An error that it throws stops the run in order:
   * `INTERNAL`.
   */
  readonly onEntry?: ((entry: Entry) => void) | undefined;
  /**
   * Called when the run begins, when the endpoint goes away or is back, and when the number of files at once changes. An error
   * that it throws stops the run in order: `INTERNAL`.
   */
  readonly onEvent?: ((event: RunEvent) => void) | undefined;
  /** Counters that the run increases as it advances, for a progress display. */
  readonly progress?: Progress | undefined;
}

const LOG_METHODS: readonly (keyof Logger)[] = ['debug', 'info', 'warn', 'error'];
const COUNTS: readonly (keyof Progress)[] = ['files', 'failed', 'bytes'];

/** The schemas of the options that backups and restores share. */
export const RUN_SCHEMA: OptionSchemas<RunOptions<never>> = {
  ...ENDPOINT_SCHEMA,
  transport: TRANSFER_SCHEMA.transport,
  requesterPays: TRANSFER_SCHEMA.requesterPays,
  bucket: nonEmptyString,
  prefix: optional(string),
  requireProof: optional(boolean),
  waitSeconds: optional(seconds),
  dryRun: optional(boolean),
  partSizeBytes: optional(number),
  concurrency: optional(number),
  memoryBytes: optional(number),
  maxOutageSeconds: optional(number),
  maxDurationSeconds: optional(number),
  exitCodes: optional(oneOf(EXIT_CODE_SETS)),
  signal: optional(SIGNAL),
  logger: optional(objectWith(LOG_METHODS, 'an object with the methods debug, info, warn and error')),
  onEntry: optional(callback),
  onEvent: optional(callback),
  progress: optional(objectWith(COUNTS, 'an object with the numbers files, failed and bytes')),
};

type Patience = Pick<EndpointOptions, 'bytesPerSecond'> &
  Pick<RunOptions<never>, 'maxDurationSeconds' | 'waitSeconds'> & {
    readonly maxAttempts: number;
    readonly maxOutageSeconds: number;
  };

/** Returns the options about time that all commands share, validated. @throws BackupError `BAD_OPTION` */
export function patience(options: Patience) {
  const { maxDurationSeconds, waitSeconds = DEFAULTS.waitSeconds } = options;
  if (maxDurationSeconds !== undefined) inRange({ maxDurationSeconds }, 'maxDurationSeconds', 1, MAX_SECONDS);
  return {
    // A run that may take an hour does not wait for two.
    waitSeconds: Math.min(waitSeconds, maxDurationSeconds ?? waitSeconds),
    maxAttempts: inRange(options, 'maxAttempts', 1, 20),
    maxOutageSeconds: inRange(options, 'maxOutageSeconds', 0, MAX_SECONDS),
    bytesPerSecond: limitOf(options),
  };
}

function limitOf({ bytesPerSecond }: Patience): Patience['bytesPerSecond'] {
  if (bytesPerSecond === undefined || typeof bytesPerSecond === 'function' || bytesPerSecond > 0) {
    return bytesPerSecond;
  }
  throw new BackupError('BAD_OPTION', `bytesPerSecond is ${bytesPerSecond}; allowed is more than 0.`);
}

/** @throws BackupError `BAD_OPTION` if an option is no whole number in this range */
export function inRange<N extends string>(
  options: { readonly [K in N]: number },
  name: N,
  minimum: number,
  maximum: number,
): number {
  const value = options[name];
  if (Number.isSafeInteger(value) && value >= minimum && value <= maximum) return value;
  throw new BackupError(
    'BAD_OPTION',
    `${name} is ${value}; allowed are whole numbers from ${minimum} to ${maximum}.`,
  );
}
