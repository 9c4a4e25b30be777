import { Readable } from 'node:stream';
import type { TypedReadable } from 'stream-chain/typed-streams.js';
import { BackupError } from '../core/errors.ts';
import { type Flow, type Item, pass } from '../flow/item.ts';
import type { RunControl } from '../flow/run-control.ts';
import type { ManifestEntry } from '../manifest/manifest.ts';
import type { RunRecord } from '../manifest/run-record.ts';
import { objectPath } from '../manifest/stored-entry.ts';
import { accessErrorFrom } from '../s3/access.ts';
import type { Store } from '../s3/store.ts';
import type { Listed } from './item.ts';
import type { RestoreOutcome } from './outcomes.ts';
import { versionsAt } from './version-at.ts';

export interface ObjectsOptions {
  readonly store: Store;
  /** What all keys begin with; it is no part of the path. */
  readonly prefix: string;
  /** What the paths begin with that can be wanted: none of them with another one of these. Default: anything. */
  readonly pathPrefixes?: readonly string[] | undefined;
  /** The state of the bucket that is wanted, in milliseconds since 1970. Default: the present one. */
  readonly versionAt?: number | undefined;
  /** What is wanted instead is what this run has stored. */
  readonly record?: RunRecord | undefined;
  readonly control: RunControl;
}

/**
 * Stage 1 of a restore: finds the objects below a prefix, as they are, as they were, or as a run has recorded them.
 *
 * - Out: every object as one item, with the size, the ETag and (of an earlier time) the version that is meant.
 * - A listing or a manifest that breaks off ends the run.
 * - Memory: one page of 1,000.
 */
export function objects(options: ObjectsOptions): TypedReadable<Flow<Listed, RestoreOutcome>> {
  const items = Readable.from(itemsOf(options), { highWaterMark: 16 });
  return items as unknown as TypedReadable<Flow<Listed, RestoreOutcome>>;
}

async function* itemsOf(options: ObjectsOptions): AsyncGenerator<Item<Listed, RestoreOutcome>, void> {
  const { store, control } = options;
  try {
    for await (const item of source(options)) {
      if (control.stopping.aborted) return;
      yield item;
    }
  } catch (error) {
    const failure = error instanceof BackupError ? error : accessErrorFrom(error, store);
    if (!control.aborting.aborted) control.fail(failure);
  }
}

function source(options: ObjectsOptions): AsyncGenerator<Item<Listed, RestoreOutcome>, void> {
  const { record, versionAt } = options;
  if (record) return recorded(options, record);
  return versionAt === undefined ? current(options) : earlier(options, versionAt);
}

async function* recorded({ store, pathPrefixes = [''] }: ObjectsOptions, record: RunRecord) {
  const isCopy = record.bucket !== store.bucket;
  for await (const entry of record.entries) {
    const path = objectPath(entry);
    if (pathPrefixes.some((head) => path.startsWith(head)))
      yield pass<Listed>(listedIn(entry, record.prefix + path, isCopy));
  }
}

/** The versions of a bucket's copy have ids of their own. */
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

async function* current({ store, prefix, pathPrefixes = [''] }: ObjectsOptions) {
  for (const head of pathPrefixes) {
    for await (const object of store.list(prefix + head))
      yield pass<Listed>({ ...object, path: object.key.slice(prefix.length) });
  }
}

async function* earlier({ store, prefix, pathPrefixes = [''] }: ObjectsOptions, time: number) {
  for (const head of pathPrefixes) {
    for await (const { newest, found } of versionsAt(store.listVersions(prefix + head), time)) {
      if (found === 'absent') continue;
      const path = newest.key.slice(prefix.length);
      yield pass<Listed>(
        found === 'unknown' ? { ...newest, path, isWantedVersionUnknown: true } : { ...found, path },
      );
    }
  }
}
