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
 * The levels are as many as give 16 folders for each shard. No file is looked at, so sizes do not count.
 *
 * @param shards Expected number of shards.
 */
export async function weighByFolders(found: FindOptions, shards: number): Promise<readonly Weight[]> {
  const enough = FOLDERS_PER_SHARD * shards;
  let levels = await findLevels(found, 1);
  for (let depth = 2; wantsMore(levels, enough, found); depth += 1) levels = await findLevels(found, depth);
  const { selection } = found.options;
  const estimates = mapInOrder(asAsync(levels.folders), AT_ONCE, async ({ root, path }) => {
    const files = await estimateFolder(root, path, (folder) => selection.enters(root, folder));
    return { key: `${root.label ?? ''}${path}/`, files, bytes: 0 };
  });
  const weights = [...levels.files.list];
  for await (const weight of estimates) if (weight.files > 0) weights.push(weight);
  return weights.sort((a, b) => compareKeys(a.key, b.key));
}

function wantsMore({ folders, listed }: Levels, enough: number, { control }: FindOptions): boolean {
  return folders.length > 0 && folders.length < enough && listed < MOST_LISTED && !control.stopping.aborted;
}

async function findLevels({ options, control }: FindOptions, depth: number): Promise<Levels> {
  const files = new OrderedWeights();
  const folders: Folder[] = [];
  let listed = 0;
  for (const root of [...options.roots].sort((a, b) => compareKeys(a.label ?? '', b.label ?? ''))) {
    const ofRoot = { ...optionsOf(options, root), selection: options.selection.fork() };
    const select = selecting(namesOnly(ofRoot));
    const enter = (path: string) => {
      if (!ofRoot.selection.enters(root, path)) return false;
      if (path.split('/').length > depth) folders.push({ root, path });
      else listed += 1;
      return path.split('/').length <= depth;
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
