import { optionsOf, type ResolvedOptions } from '../backup/resolve-options.ts';
import { compareKeys, keyFor } from '../core/key.ts';
import { mapInOrder } from '../flow/map-in-order.ts';
import type { SourceRoot } from '../source/root.ts';
import { selecting } from '../stages/filter.ts';
import { scan } from '../stages/scan.ts';
import type { FindOptions } from './by-walk.ts';
import { estimateFolder } from './estimate-folder.ts';
import { OrderedWeights } from './ordered-weights.ts';
import type { Weight } from './weight.ts';

/** Folders a shard that are weighed, so that no shard gets more than a sixteenth too much for a folder that is not divided. */
const FOLDERS_PER_SHARD = 16;
/** Most folders that are listed to find them. */
const MOST_LISTED = 20_000;
/** A folder that is estimated to hold more of a shard than this is divided: the estimate may be wrong by half. */
const MOST_OF_SHARD = 1 / 4;
/** Folders that are estimated at the same time. */
const AT_ONCE = 16;

interface Folder {
  readonly root: SourceRoot;
  readonly path: string;
}

/** The upper levels of all sources: their files, and the folders below them. */
interface Levels {
  readonly files: OrderedWeights;
  readonly folders: readonly Folder[];
  /** Number of folders that were listed. */
  readonly listed: number;
}

/**
 * Weighs the files without walking all folders: those of the upper levels by their number, and each folder below by an estimate.
 * The levels are as many as give 16 folders for each shard. A folder that seems to hold more than a quarter of a shard is listed,
 * too, and so on. No file is looked at, so sizes do not count.
 *
 * @param shards Expected number of shards.
 */
export async function weighByFolders(found: FindOptions, shards: number): Promise<readonly Weight[]> {
  const enough = FOLDERS_PER_SHARD * shards;
  let depth = 1;
  const listed = new Set<string>();
  const isListed = (folder: Folder) => folder.path.split('/').length <= depth || listed.has(keyBelow(folder));
  let levels = await findLevels(found, isListed);
  while (levels.folders.length < enough && wantsMore(levels, found)) {
    depth += 1;
    levels = await findLevels(found, isListed);
  }
  const estimates = new Map<string, number>();
  while (true) {
    const weights = await weightsOf(levels, estimates, found);
    const files = weights.reduce((sum, weight) => sum + weight.files, 0);
    const large = levels.folders.filter(
      (folder) => (estimates.get(keyBelow(folder)) ?? 0) > (files / shards) * MOST_OF_SHARD,
    );
    if (large.length === 0 || !wantsMore(levels, found)) return weights;
    for (const folder of large) listed.add(keyBelow(folder));
    levels = await findLevels(found, isListed);
  }
}

/** The first key that a file of a folder can have. */
function keyBelow({ root, path }: Folder): string {
  return `${root.label ?? ''}${path}/`;
}

function wantsMore({ folders, listed }: Levels, { control }: FindOptions): boolean {
  return folders.length > 0 && listed < MOST_LISTED && !control.stopping.aborted;
}

/** @param estimates Numbers of files, by the first key of each folder. Those that are missing are added. */
async function weightsOf(
  { files, folders }: Levels,
  estimates: Map<string, number>,
  { options: { selection } }: FindOptions,
): Promise<Weight[]> {
  const estimated = mapInOrder(asAsync(folders), AT_ONCE, async (folder) => {
    const { root, path } = folder;
    const key = keyBelow(folder);
    const known =
      estimates.get(key) ?? (await estimateFolder(root, path, (below) => selection.enters(root, below)));
    return { key, files: known, bytes: 0 };
  });
  const weights = [...files.list];
  for await (const weight of estimated) {
    estimates.set(weight.key, weight.files);
    if (weight.files > 0) weights.push(weight);
  }
  return weights.sort((a, b) => compareKeys(a.key, b.key));
}

async function findLevels(
  { options, control }: FindOptions,
  isListed: (folder: Folder) => boolean,
): Promise<Levels> {
  const files = new OrderedWeights();
  const folders: Folder[] = [];
  let listed = 0;
  for (const root of [...options.roots].sort((a, b) => compareKeys(a.label ?? '', b.label ?? ''))) {
    const ofRoot = { ...optionsOf(options, root), selection: options.selection.fork() };
    const select = selecting(namesOnly(ofRoot));
    const enter = (path: string) => {
      if (!ofRoot.selection.enters(root, path)) return false;
      const isOpened = isListed({ root, path });
      if (isOpened) listed += 1;
      else folders.push({ root, path });
      return isOpened;
    };
    const whyNot = (path: string) => ofRoot.selection.whyNot(root, path);
    for await (const found of scan({ ...ofRoot, source: root, control, enter, whyNot, inKeyOrder: true })) {
      const item = found.settled ? found : select(found.file);
      if (item.settled) continue;
      files.add(keyFor(root.label ?? '', item.file.path, item.file.link), 0);
    }
  }
  return { files, folders, listed };
}

/** The options without those by which a selection looks at each file. */
function namesOnly(options: ResolvedOptions): ResolvedOptions {
  return { ...options, minSizeBytes: 0, maxSizeBytes: undefined, minAgeSeconds: 0, maxAgeSeconds: undefined };
}

async function* asAsync<T>(list: readonly T[]): AsyncGenerator<T, void> {
  yield* list;
}
