import type { Stats } from 'node:fs';
import { DEFAULTS } from '../core/defaults.ts';
import type { KeyRange } from '../core/key-range.ts';
import { type OptionSchemas, object, optional, string } from '../core/option-schemas.ts';
import { requireOptions } from '../core/require-options.ts';
import { type Item, pass, type Selected, settle } from '../flow/item.ts';
import type { RunControl } from '../flow/run-control.ts';
import { type Stage, stage } from '../flow/stage.ts';
import { type CursorAnswer, ListingCursor } from '../s3/listing-cursor.ts';
import type { ListedObject, Store } from '../s3/store.ts';
import { CallPace } from '../source/call-pace.ts';
import { type Compare, lastChangeMs, MARGIN_MS } from '../source/last-change.ts';
import { lookAt, lookInBackground } from '../source/look.ts';
import { absolutePath } from '../source/root.ts';
import * as schemas from './option-schemas.ts';

export interface SkipUnchangedOptions {
  readonly store: Pick<Store, 'listPage' | 'clock'>;
  /** Prefix of all keys, as filter makes them. Default ''. */
  readonly prefix?: string | undefined;
  /** Range of all keys, without the prefix. Only its pages of the listing are requested. Default: there are no bounds. */
  readonly range?: KeyRange | undefined;
  /** How files are compared with objects. Default `auto`. */
  readonly compare?: Compare | undefined;
  readonly control?: RunControl | undefined;
}

/** @internal */
export const SKIP_UNCHANGED_SCHEMA: OptionSchemas<SkipUnchangedOptions> = {
  store: object,
  prefix: optional(string),
  range: schemas.range,
  compare: schemas.compare,
  control: schemas.control,
};

const WHY = { code: 'SIZE_AND_TIME', reason: 'same size, and not changed since it was stored' } as const;
/** Files in work at once: twice the four threads of the pool, so that one file waits for each thread. */
const AT_ONCE = 8;

/**
 * Stage between filter and hash, if nothing is deleted: skips reading files that have not changed since they were stored.
 *
 * - In: selected files, best in the order of their keys. Out: those that must be read.
 * - Settles as unchanged: SIZE_AND_TIME. That is not a proof, and is not reported as one.
 * - If a listing has no time, or there is no listing, the file is read.
 * - Opens nothing. Memory: two pages of the listing.
 */
export function skipUnchanged(options: SkipUnchangedOptions): Stage<Selected, Selected> {
  requireOptions('skipUnchanged', SKIP_UNCHANGED_SCHEMA, options);
  const { store, prefix = DEFAULTS.prefix, range, compare = DEFAULTS.compare, control } = options;
  const cursor = new ListingCursor(store, prefix, range?.to === undefined ? undefined : prefix + range.to);
  const pace = new CallPace();

  const judge = (file: Selected, found: ListedObject, stats: Stats | undefined): Item<Selected> => {
    const { size, etag, lastModified } = found;
    const clockAheadMs = store.clock.aheadAtMostMs;
    if (!isOfKind(stats, file) || stats.size !== size) return pass(file);
    if (lastModified === undefined || clockAheadMs === undefined) return pass(file);
    return lastChangeMs(stats, compare) < lastModified - clockAheadMs - MARGIN_MS
      ? settle({ path: file.path, key: file.key, link: file.link, size, etag }, 'unchanged', WHY)
      : pass(file);
  };
  const look = (file: Selected, found: CursorAnswer): Item<Selected> | Promise<Item<Selected>> => {
    if (typeof found === 'string') return pass(file);
    const path = absolutePath(file.root, file.path);
    return pace.mayBlock(file.root.path)
      ? judge(file, found, lookAt(path))
      : lookInBackground(path).then((stats) => judge(file, found, stats));
  };

  return stage(AT_ONCE, (file: Selected): Item<Selected> | Promise<Item<Selected>> => {
    const isRead = compare === 'checksum' || file.link === 'follow' || file.writtenBefore !== undefined;
    if (isRead || control?.stopping.aborted) return pass(file);
    const found = cursor.find(file.key);
    return found instanceof Promise ? found.then((answer) => look(file, answer)) : look(file, found);
  });
}

function isOfKind(stats: Stats | undefined, { link }: Selected): stats is Stats {
  return (link === 'store' ? stats?.isSymbolicLink() : stats?.isFile()) === true;
}
