import { systemMessage } from '../core/errors.ts';
import type { ShardId } from '../core/shard.ts';
import type { Calls } from '../files/calls.ts';
import type { Verified } from '../flow/item.ts';
import { ClaimPlace } from '../source/claims.ts';
import { closeDeleted } from '../source/close-deleted.ts';
import { findWriters } from '../source/open-writers.ts';
import type { SourceFolder } from '../source/source-folder.ts';
import type { ApartFromStore } from './apart-from-store.ts';
import { Removal, type RemovalOptions } from './removal.ts';
import type { Verdict } from './verdict.ts';

interface DeleteBatchOptions extends RemovalOptions {
  readonly deleteOpenFiles?: boolean | undefined;
  readonly shard?: ShardId | undefined;
}

/** Files whose calls wait at one time, where calls are slow. More would wait for the same threads and folders. */
const LANES = 64;

/**
 * Deletes claimed files and their claim folders. The folders are removed after the files' descriptors are closed: some
 * file systems keep a deleted file in its folder until then.
 */
export async function deleteBatch(
  files: readonly Verified[],
  apart: ApartFromStore,
  options: DeleteBatchOptions,
): Promise<Verdict[]> {
  const places = new Map<SourceFolder, ClaimPlace>();
  const removals = files.map((file) => new Removal(file, placeOf(file, places, options.shard), options));
  const early = await writersOf(
    removals.filter(({ isBetterLeft }) => isBetterLeft),
    options,
  );
  for (const place of places.values()) place.look();
  await each(removals, (removal) => removal.claim(early));
  const claimed = removals.filter(({ isClaimed }) => isClaimed);
  await apart.check(claimed);
  const writers = await writersOf(claimed, options);
  for (const place of places.values()) place.look();
  await each(claimed, (removal) => removal.remove(writers));
  const open = claimed.filter(({ source }) => source.isOpen);
  await closeDeleted(open.map(({ source }) => source.giveUpDescriptor()));
  const verdicts = await each(removals, (removal) => removal.end());
  for (const place of places.values()) await place.close();
  return verdicts;
}

/**
 * Makes the calls of one step for all files: one file after the other, or some side by side where calls are slow. Those come from
 * all parts of the batch, since files of one folder would wait for each other.
 */
async function each<T>(removals: readonly Removal[], step: (removal: Removal) => Calls<T>): Promise<T[]> {
  const results: T[] = [];
  const length = Math.ceil(removals.length / LANES);
  const lane = async (_: unknown, index: number) => {
    for (const [at, removal] of removals.slice(index * length, (index + 1) * length).entries())
      results[index * length + at] = await removal.content.run(step(removal));
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return results;
}

/** The place of a file's folder, which the files of one open folder share. */
function placeOf(
  { content }: Verified,
  places: Map<SourceFolder, ClaimPlace>,
  shard: ShardId | undefined,
): ClaimPlace {
  const { folder } = content.file;
  const place = places.get(folder) ?? new ClaimPlace(folder, shard);
  places.set(folder, place);
  return place;
}

/** @returns names of the files that a process has open for writing; undefined if that cannot be found out: then none of the files is deleted */
async function writersOf(
  removals: readonly Removal[],
  { deleteOpenFiles }: DeleteBatchOptions,
): Promise<ReadonlySet<string> | undefined> {
  if (deleteOpenFiles || removals.length === 0) return new Set();
  try {
    return await findWriters(removals.map(({ source }) => source.identity));
  } catch (error) {
    const reason = `it is unknown whether a process has it open for writing: ${systemMessage(error)}`;
    for (const removal of removals) removal.refuse({ fate: 'failed', code: 'DELETE_FAILED', reason });
    return undefined;
  }
}
