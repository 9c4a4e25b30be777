import { randomUUID } from 'node:crypto';
import { OWN_FOLDER } from '../core/reserved-names.ts';
import { PROBE_BYTES } from './probe.ts';
import type { Store } from './store.ts';
import { StoreError } from './store-error.ts';
import type { ListedObject, ListedVersion, ObjectPin } from './store-types.ts';

const START = `${OWN_FOLDER}probe-`;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** A key for a new probe object. @param prefix As `normalPrefix` gives it. */
export function newProbeKey(prefix: string): string {
  return `${prefix}${START}${randomUUID()}`;
}

/** A probe object that a killed `status` left behind. */
export interface LeftProbe {
  readonly key: string;
  /** All versions and delete markers under the key in a versioned bucket; otherwise the object. */
  readonly pins: readonly ObjectPin[];
  readonly bytes: number;
  /**
   * When the newest pin was written: milliseconds since 1970, by the store's clock; undefined if the store does not
   * say.
   */
  readonly written: number | undefined;
}

/**
 * Finds the probe objects below a prefix, by the exact form of their names and by their size.
 *
 * @param prefix As `normalPrefix` gives it.
 * @throws StoreError
 */
export async function* leftProbes(store: Store, prefix: string): AsyncGenerator<LeftProbe, void> {
  const start = prefix + START;
  for await (const listed of listedUnder(store, start)) {
    const [{ key } = { key: '' }] = listed;
    const isProbe = UUID.test(key.slice(start.length)) && key.startsWith(start);
    const objects = listed.filter((each) => !('isDeleteMarker' in each && each.isDeleteMarker));
    if (!isProbe || objects.some(({ size }) => size !== PROBE_BYTES)) continue;
    const times = listed.map(({ lastModified }) => lastModified ?? Number.NaN);
    const newest = Math.max(...times);
    yield {
      key,
      pins: listed.map((each) => ({ key, ...('versionId' in each && { versionId: each.versionId }) })),
      bytes: objects.length * PROBE_BYTES,
      written: Number.isNaN(newest) ? undefined : newest,
    };
  }
}

/** Whether a probe has at least this age, by the store's clock if that is known, else by this machine's. */
export function isDue({ written }: LeftProbe, store: Store, olderThanSeconds: number): boolean {
  const now = store.clock.now();
  return written !== undefined && now - written >= olderThanSeconds * 1000;
}

/** Removes every pin of a probe. */
export async function removeProbe({ pins }: LeftProbe, store: Store): Promise<void> {
  for (const pin of pins) await store.remove(pin);
}

/** Most versions of a probe; a `status` writes at most two. A key with more is not ours. */
const MAX_VERSIONS = 100;

/** Lists versions below a prefix, or objects if versions cannot be listed: the bucket then probably keeps none. */
async function* listedUnder(
  store: Store,
  start: string,
): AsyncGenerator<readonly (ListedVersion | ListedObject)[], void> {
  const versions = store.listVersions(start);
  let first: IteratorResult<ListedVersion, void> | undefined;
  try {
    first = await versions.next();
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
  }
  if (first === undefined) for await (const object of store.list(start)) yield [object];
  else if (!first.done) yield* ofOneKey(first.value, versions);
}

/** Groups versions by key; a key with more versions than a `status` can write is skipped. */
async function* ofOneKey(
  first: ListedVersion,
  others: AsyncIterable<ListedVersion>,
): AsyncGenerator<readonly ListedVersion[], void> {
  let same = [first];
  for await (const version of others) {
    if (version.key === same[0]?.key) {
      if (same.length <= MAX_VERSIONS) same.push(version);
      continue;
    }
    if (same.length <= MAX_VERSIONS) yield same;
    same = [version];
  }
  if (same.length <= MAX_VERSIONS) yield same;
}
