import type { Readable } from 'node:stream';
import * as v from 'valibot';
import {
  boolean,
  callback,
  nonEmptyString,
  number,
  type OptionSchemas,
  objectOf,
  objectWith,
  optional,
} from '../core/option-schemas.ts';
import type { FileEntry } from '../report/report.ts';
import { RUN_SCHEMA, type RunOptions } from '../run/options.ts';
import type { ObjectOptions } from '../s3/object-options.ts';
import { OBJECT_SCHEMA, TRANSFER_SCHEMA } from '../s3/store-schema.ts';
import type { StoreOptions } from '../s3/store-types.ts';
import type { Overwrite } from '../stages/compare.ts';
import * as schemas from '../stages/option-schemas.ts';
import type { Strength } from '../stages/verify.ts';

/** Options of `put`. Only `input`, `key` and `bucket` are required. */
export interface PutOptions
  extends Omit<RunOptions<FileEntry>, 'dryRun' | 'concurrency'>,
    Pick<StoreOptions, 'checksum' | 'signPayload' | 'completionLookSeconds'> {
  /** The stream to store, or a function that opens it when the store has answered. It is destroyed if the run is stopped. */
  readonly input: Readable | (() => Readable);
  /** Path of the object below the prefix: `db/today.sql.gz`. */
  readonly key: string;
  /**
   * Expected size in bytes, from which the size of the parts is chosen. Default: unknown; the parts become larger the longer the
   * stream is.
   */
  readonly expectedSize?: number | undefined;
  /** Whether the run fails if there is an object under the key. Default false: it is replaced once the stream has ended. */
  readonly ifAbsent?: boolean | undefined;
  readonly object?: ObjectOptions | undefined;
  /** `never` does what `ifAbsent` does. */
  readonly overwrite?: Overwrite | undefined;
  /** How strong the proof must be. Default `auto`. If S3 reports nothing that proves the object, it is read back. */
  readonly verify?: Strength | undefined;
  /** Whether a record of the run (manifest) is stored as `.s3-backup/runs/...` below the prefix. Default false. */
  readonly manifest?: boolean | undefined;
}

const INPUT = 'a readable stream, or a function that opens one';

const { dryRun: _, concurrency: __, ...SHARED } = RUN_SCHEMA;

export const PUT_SCHEMA: OptionSchemas<PutOptions> = {
  ...SHARED,
  checksum: TRANSFER_SCHEMA.checksum,
  signPayload: TRANSFER_SCHEMA.signPayload,
  completionLookSeconds: TRANSFER_SCHEMA.completionLookSeconds,
  input: v.union([objectWith(['on', 'pipe', 'destroy'], INPUT), callback], INPUT),
  key: nonEmptyString,
  expectedSize: optional(number),
  ifAbsent: optional(boolean),
  object: optional(objectOf(OBJECT_SCHEMA)),
  overwrite: optional(schemas.overwrite),
  verify: schemas.strength,
  manifest: optional(boolean),
};
