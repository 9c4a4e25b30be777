import { BackupError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import {
  boolean,
  callback,
  nonEmptyString,
  number,
  objectOf,
  objectWith,
  optional,
  seconds,
  string,
  strings,
} from '../core/option-schemas.ts';
import { ENDPOINT_SCHEMA, OBJECT_SCHEMA, SIGNAL } from '../s3/store-schema.ts';
import type { EndpointOptions } from '../s3/store-types.ts';

/** A hundred years. */
const MAX_OUTAGE_SECONDS = 36_500 * 86_400;

/** Counted up while a run goes on, for a caller that shows it. */
export interface Progress {
  /** Files that have come to their end. */
  files: number;
  failed: number;
  /** Bytes that were read. */
  bytes: number;
  /** Whether the run waits because the endpoint is away. */
  isAway?: boolean;
}

const LOG_METHODS: readonly (keyof Logger)[] = ['debug', 'info', 'warn', 'error'];
const COUNTS: readonly (keyof Progress)[] = ['files', 'failed', 'bytes'];

/** The schemas of the options that backups and restores share. */
export const RUN_SCHEMA = {
  ...ENDPOINT_SCHEMA,
  bucket: nonEmptyString,
  prefix: optional(string),
  object: optional(objectOf(OBJECT_SCHEMA)),
  requireProof: optional(boolean),
  waitSeconds: optional(seconds),
  dryRun: optional(boolean),
  partSizeBytes: optional(number),
  concurrency: optional(number),
  memoryBytes: optional(number),
  maxOutageSeconds: optional(number),
  include: optional(strings),
  exclude: optional(strings),
  signal: optional(SIGNAL),
  logger: optional(objectWith(LOG_METHODS, 'an object with the methods debug, info, warn and error')),
  onEntry: optional(callback),
  progress: optional(objectWith(COUNTS, 'an object with the numbers files, failed and bytes')),
};

type Patience = Pick<EndpointOptions, 'maxAttempts' | 'bytesPerSecond'> & {
  readonly maxOutageSeconds?: number | undefined;
};

/** How requests are made, whatever they are for. @throws BackupError `BAD_OPTION` */
export function patience(options: Patience) {
  return {
    maxAttempts: inRange(options, 'maxAttempts', 5, 1, 20),
    maxOutageSeconds: inRange(options, 'maxOutageSeconds', 900, 0, MAX_OUTAGE_SECONDS),
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
  options: { readonly [K in N]?: number | undefined },
  name: N,
  fallback: number,
  minimum: number,
  maximum: number,
): number {
  const value = options[name] ?? Math.max(fallback, minimum);
  if (Number.isSafeInteger(value) && value >= minimum && value <= maximum) return value;
  throw new BackupError(
    'BAD_OPTION',
    `${name} is ${value}; allowed are whole numbers from ${minimum} to ${maximum}.`,
  );
}
