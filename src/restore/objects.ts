import { Readable } from 'node:stream';
import type { TypedReadable } from 'stream-chain/typed-streams.js';
import { BackupError } from '../core/errors.ts';
import { holdsKey, type KeyRange, rangeBelow } from '../core/key-range.ts';
import { type Flow, type Item, pass } from '../flow/item.ts';
import type { RunControl } from '../flow/run-control.ts';
import type { ManifestEntry } from '../manifest/manifest.ts';
import type { RunRecord } from '../manifest/run-record.ts';
import { keyBelow, objectPath } from '../manifest/stored-entry.ts';
import { accessErrorFrom } from '../s3/access.ts';
import type { Store } from '../s3/store.ts';
import type { Listed } from './item.ts';
import type { RestoreOutcome } from './outcomes.ts';
import { versionsAt } from './version-at.ts';

/** Options of stage 1. */
export interface ObjectsOptions {
  readonly store: Store;
  /** Prefix of all keys; not part of the paths. */
  readonly prefix: string;
  /** Only paths with one of these prefixes are listed. None is a prefix of another. Default `['']`: all paths. */
  readonly pathPrefixes?: readonly string[] | undefined;
  /** Range of the keys, without the prefix; only its part of a listing is requested. Default: all. */
  readonly range?: KeyRange | undefined;
  /** Time of the wanted state of the bucket, in milliseconds since 1970. Default: now. */
  readonly versionAt?: number | undefined;
  /** Record of the run whose files are wanted. Default: the objects below the prefix are. */
  readonly record?: RunRecord | undefined;
  readonly control: RunControl;
}

/**
 * Stage 1 of a restore: finds the objects below a prefix, in their current state, at an earlier time, or as a run recorded them.
 *
 * - Out: one item per object, with size and ETag, and with the version id if an earlier state is wanted.
 * - An error of the listing or the manifest ends the run.
 * - Memory: one page of 1,000 objects.
 */
export function objects(options: ObjectsOptions): TypedReadable<Flow<Listed, RestoreOutcome>> {
  const items = Readable.from(itemsOf(options), { highWaterMark: 16 });
  return items as unknown as TypedReadable<Flow<Listed, RestoreOutcome>>;
}

async function* itemsOf(options: ObjectsOptions): AsyncGenerator<Item<Listed, RestoreOutcome>, void> {
  const { store, control } = options;
  try {
    for await (const item of findObjects(options)) {
      if (control.stopping.aborted) return;
      yield item;
    }
  } catch (error) {
    const failure = error instanceof BackupError ? error : accessErrorFrom(error, store);
    if (!control.aborting.aborted) control.fail(failure);
  }
}

/** Finds the objects that the options mean. Heeds no stop. @throws StoreError, BackupError */
export function findObjects(options: ObjectsOptions): AsyncGenerator<Item<Listed, RestoreOutcome>, void> {
  const { record, versionAt } = options;
  if (record) return recorded(options, record);
  return versionAt === undefined ? current(options) : earlier(options, versionAt);
}

async function* recorded({ store, pathPrefixes = [''], range = {} }: ObjectsOptions, record: RunRecord) {
  const isCopy = record.bucket !== store.bucket;
  for await (const entry of record.entries) {
    const path = objectPath(entry);
    if (pathPrefixes.some((head) => path.startsWith(head)) && holdsKey(range, keyBelow(record.prefix, entry)))
      yield pass<Listed>(listedIn(entry, record.prefix + path, isCopy));
  }
}

/** Converts an entry of a record. In a copy of the bucket the recorded version ids are not valid. */
function listedIn(entry: ManifestEntry, usualKey: string, isCopy: boolean): Listed {
  return {
    key: entry.key ?? usualKey,
    path: objectPath(entry),
    size: entry.size ?? 0,
    etag: entry.etag ?? undefined,
    versionId: isCopy ? undefined : (entry.version_id ?? undefined),
    lastModified: undefined,
    storageClass: undefined,
    recorded: entry,
  };
}

async function* current({ store, prefix, pathPrefixes = [''], range = {} }: ObjectsOptions) {
  for (const head of pathPrefixes) {
    for await (const object of store.list(prefix + head, rangeBelow(range, head)))
      yield pass<Listed>({ ...object, path: object.key.slice(prefix.length) });
  }
}

async function* earlier({ store, prefix, pathPrefixes = [''], range = {} }: ObjectsOptions, time: number) {
  for (const head of pathPrefixes) {
    const versions = store.listVersions(prefix + head, rangeBelow(range, head));
    for await (const { newest, found } of versionsAt(versions, time)) {
      if (found === 'absent') continue;
      const path = newest.key.slice(prefix.length);
      yield pass<Listed>(
        found === 'unknown' ? { ...newest, path, isWantedVersionUnknown: true } : { ...found, path },
      );
    }
  }
}
