import { type Duplex, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import chain from 'stream-chain';
import { DEFAULTS, withDefaults } from '../core/defaults.ts';
import { BackupError } from '../core/errors.ts';
import { keyFor, MAX_KEY_BYTES, normalPrefix } from '../core/key.ts';
import { silent } from '../core/logger.ts';
import { checked, requireOptions } from '../core/require-options.ts';
import { isOwnPath, isReservedPath } from '../core/reserved-names.ts';
import { pathTrouble } from '../core/safe-path.ts';
import { type Acknowledged, type Item, type Proved, pass, type Sendable, settle } from '../flow/item.ts';
import type { RunControl } from '../flow/run-control.ts';
import { type Stage, stage } from '../flow/stage.ts';
import { destinationName, destinationResource } from '../lock/resource.ts';
import { takeLocks } from '../lock/take-locks.ts';
import { LONE_SURROGATE } from '../manifest/record-form.ts';
import { type Entries, MemoryEntries } from '../report/entries.ts';
import { logEntry } from '../report/log-entry.ts';
import { listsOf, type Report, type ReportSummary } from '../report/report.ts';
import { report } from '../report/report-sink.ts';
import { summarize } from '../report/summarize.ts';
import { FileCount } from '../run/file-count.ts';
import { follower, logged, type OpenRun, runLifecycle } from '../run/lifecycle.ts';
import { inRange, patience } from '../run/options.ts';
import { onTransferred, setTotal } from '../run/progress.ts';
import { headIfThere } from '../s3/head-if-there.ts';
import { requireNoContradiction } from '../s3/option-rules.ts';
import { partSizeFor } from '../s3/parts.ts';
import type { Store } from '../s3/store.ts';
import { SourceError } from '../source/source-error.ts';
import { StreamContent } from '../source/stream-content.ts';
import { settleFileByError } from '../stages/trouble.ts';
import { upload } from '../stages/upload.ts';
import { verify } from '../stages/verify.ts';
import { memoryFor } from './memory-for.ts';
import { PUT_SCHEMA, type PutOptions } from './put-options.ts';
import { withManifest } from './store-manifest.ts';

/** What the report names as the source. A command line is not recorded, since it can contain secrets. */
export const STREAM_SOURCE = '-';
/** Size limit of an object on AWS (https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html), in bytes. */
const MAX_OBJECT_BYTES = 50 * 1024 ** 4;

/**
 * Stores a stream as one object, and returns the report of a backup with this one file. The object exists only if the stream
 * came to its end, and the file is `kept` only if S3 has proved that it holds all its bytes.
 *
 * @throws BackupError before anything is sent: a bad option, no access to the bucket. If the destination is lost later on, the
 * report has the error in `error`.
 */
export async function put(options: PutOptions): Promise<Report> {
  const entries = new MemoryEntries();
  const summary = await runPut(options, entries);
  return { ...summary, ...listsOf(entries.list) };
}

/**
 * Does what `put` does; the caller decides where the entry is kept.
 *
 * @throws BackupError as `put` does
 */
export async function runPut(given: PutOptions, entries: Entries): Promise<ReportSummary> {
  const options = resolvePut(given);
  const { progress, expectedSize } = options;
  const count = new FileCount(progress);
  if (expectedSize !== undefined) setTotal(progress, 1, expectedSize);
  const summary = await runLifecycle({
    options,
    about: { operation: 'put', dry_run: false, source: STREAM_SOURCE },
    lock: (start) =>
      takeLocks({
        resources: [destinationResource({ ...options, prefix: options.objectKey })],
        holder: {
          pid: process.pid,
          since: start.date.toISOString(),
          source: STREAM_SOURCE,
          target: destinationName({ ...options, prefix: options.objectKey }),
        },
        waitSeconds: options.waitSeconds,
        signal: options.signal,
      }),
    prepare: (control) => {
      const sink = report({ entries, onEntry: follower(options, control, count, logEntry) });
      return {
        work: (run) => {
          const { logger, bucket, prefix } = options;
          const settings = { source: STREAM_SOURCE, bucket, prefix, dryRun: false, deleteAfterUpload: false };
          const { counts } = sink.tally;
          return logged({ name: 'run', logger, control, settings, counts }, () =>
            pipeline(Readable.from([pass(null)]), stagesOf(options, run), sink),
          );
        },
        summarize: (start, failure) =>
          summarize({ options: { ...options, source: STREAM_SOURCE }, start, tally: sink.tally, failure }),
      };
    },
  });
  return options.manifest ? withManifest(options, summary, entries) : summary;
}

type ResolvedPut = ReturnType<typeof resolvePut>;

function resolvePut(given: PutOptions) {
  const options = requireOptions('put', PUT_SCHEMA, given);
  requireNoContradiction(options);
  const full = withDefaults(options, DEFAULTS);
  const prefix = normalPrefix(full.prefix);
  const { expectedSize = 0 } = options;
  inRange({ expectedSize }, 'expectedSize', 0, MAX_OBJECT_BYTES);
  return {
    ...checked(full),
    ...memoryFor(full, options.memoryBytes, partSizeFor(expectedSize, full.partSizeBytes)),
    ...patience(full),
    prefix,
    objectKey: requireKey(prefix, options.key),
    ifAbsent: options.ifAbsent || options.overwrite === 'never',
    logger: options.logger ?? silent,
    progress: options.progress ?? { files: 0, failed: 0, bytes: 0 },
  };
}

/** @throws BackupError `BAD_OPTION` if nothing can be stored, or restored, under the key */
function requireKey(prefix: string, path: string): string {
  const key = keyFor(prefix, path);
  const problem = keyProblem(path, key);
  if (problem === undefined) return key;
  throw new BackupError('BAD_OPTION', `key is ${JSON.stringify(path)}, which ${problem}.`, {
    hint: 'The key is a path below the prefix, such as `db/today.sql.gz`.',
  });
}

function keyProblem(path: string, key: string): string | undefined {
  const trouble = pathTrouble(path);
  if (trouble) return `could not be restored: ${trouble.reason}`;
  if (isOwnPath(path) || isReservedPath(path)) return 'has a name that is reserved for files of the program';
  if (LONE_SURROGATE.test(path)) return 'is no text in Unicode';
  if (Buffer.byteLength(key) > MAX_KEY_BYTES) return `makes a key of more than ${MAX_KEY_BYTES} bytes`;
  return undefined;
}

function stagesOf(options: ResolvedPut, { store, control, onUploaded }: OpenRun): Duplex {
  const { verify: strength, requireProof, progress } = options;
  const shown = { onSent: onTransferred(progress), inWork: progress.inWork };
  return chain([
    read({ ...options, store, control }),
    upload<Sendable>({
      store,
      control,
      onUploaded,
      neverOverwrites: options.ifAbsent,
      concurrency: 1,
      ...shown,
    }),
    verify<Sendable & Acknowledged>({
      store,
      control,
      strength,
      requireProof,
      // The stream cannot be read again, so its object is proved as strictly as that of a file that is deleted.
      deleteAfterUpload: true,
      concurrency: 1,
    }),
    stage<Sendable & Acknowledged & Proved, never>(1, (file) => settle(file, 'kept')),
  ]) as unknown as Duplex;
}

interface ReadOptions extends ResolvedPut {
  readonly store: Store;
  readonly control: RunControl;
}

/**
 * Begins to read the stream when the run is ready for it, and ends it when the run is stopped. If the object must be absent, it is
 * looked up before that: the condition of the upload decides, and a stream may take hours until it is sent.
 */
function read(options: ReadOptions): Stage<null, Sendable> {
  const { key: path, objectKey: key, ifAbsent, store, control, progress } = options;
  const { memoryBytes, expectedSize } = options;
  const wholeBytes = store.partSize;
  return stage(1, async (): Promise<Item<Sendable>> => {
    if (control.stopping.aborted) return settle({ path, key }, 'failed', control.reason);
    try {
      if (ifAbsent && (await headIfThere(store, { key })) !== undefined) {
        if (typeof options.input !== 'function') options.input.destroy();
        return settle({ path, key }, 'failed', {
          code: 'OBJECT_EXISTS',
          reason: 'there is an object under the key',
        });
      }
    } catch (error) {
      return settleFileByError({ path, key }, error, 'UPLOAD_FAILED', options);
    }
    const input = typeof options.input === 'function' ? options.input() : options.input;
    const stop = () => {
      const { code, reason } = control.reason;
      input.destroy(new SourceError(code, reason));
    };
    control.stopping.addEventListener('abort', stop, { once: true });
    const onRead = (bytes: number) => {
      progress.bytes += bytes;
    };
    try {
      const content = await StreamContent.begin(input, { wholeBytes, memoryBytes, expectedSize, onRead });
      return pass({ path, key, content, ifAbsent });
    } catch (error) {
      return settleFileByError({ path, key }, error, 'UNREADABLE', options);
    }
  });
}
