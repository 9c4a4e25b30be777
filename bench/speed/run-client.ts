import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Client } from './client.ts';
import { bytesOf, type DataSet } from './data-set.ts';
import { type Measured, measure } from './measure.ts';
import type { Stats } from './sink/service.ts';
import type { Sink } from './sink-process.ts';

/** One run of one client over one data set. */
export interface Run extends Measured {
  readonly stats: Stats;
  /** Why it does not count; undefined when all arrived. */
  readonly failure: string | undefined;
}

export interface RunOptions {
  readonly sink: Sink;
  readonly set: DataSet;
  /** The folder of the set's files. */
  readonly folder: string;
  /** What is uploaded: that folder, or a copy for a move, which is removed afterwards. */
  readonly source: string;
  /** Where the client sees the source. Default: the source. */
  readonly seen?: string;
  /** A folder for restores, each of which gets one of its own below it. */
  readonly target: string;
  /** A folder that is emptied for each run. */
  readonly home: string;
  readonly cores: string | undefined;
  readonly nodeFlags?: readonly string[];
}

/**
 * Runs a client and checks that every file arrived: with the sink, for a move also that none is left, and for a restore
 * that each has the content it had.
 */
export async function runClient(client: Client, options: RunOptions): Promise<Run> {
  const { sink, set, source, home, cores, nodeFlags = [], target, seen = source } = options;
  const isRestore = client.task === 'restore';
  rmSync(home, { recursive: true, force: true });
  mkdirSync(home);
  const fresh = isRestore ? mkdtempSync(join(target, 's3-backup-bench-')) : undefined;
  const restored = fresh === undefined ? undefined : join(fresh, 'restored');
  const removeRestored = () => {
    if (fresh !== undefined) rmSync(fresh, { recursive: true, force: true, maxRetries: 5 });
  };
  // It is in memory, which a bench that is stopped would keep.
  process.once('exit', removeRestored);
  try {
    const { endpoint, portlessEndpoint, certificate } = sink;
    const folder = restored ?? seen;
    const place = { folder, endpoint, portlessEndpoint, certificate, home, set, nodeFlags };
    const command = client.command(place);
    await sink.reset(isRestore ? 'counts' : undefined);
    const measured = await measure(command, cores, home);
    const stats = await sink.stats();
    const missing = () =>
      restored === undefined ? missingIn(stats, set) : differenceBetween(options.folder, restored);
    const left = () => (client.task === 'move' ? leftIn(source) : undefined);
    return { ...measured, stats, failure: exitOf(measured) ?? missing() ?? left() };
  } finally {
    process.off('exit', removeRestored);
    removeRestored();
    if (client.task === 'move') rmSync(source, { recursive: true, force: true });
    rmSync(home, { recursive: true, force: true });
  }
}

function exitOf({ code, output }: Measured): string | undefined {
  if (code === 0) return undefined;
  return `exit ${code ?? 'by a signal'}: ${output.trim().split('\n').at(-1)}`;
}

function missingIn(stats: Stats, set: DataSet): string | undefined {
  if (stats.objects !== set.files) return `${stats.objects} objects of ${set.files}`;
  if (stats.bytes !== bytesOf(set)) return `${stats.bytes} bytes of ${bytesOf(set)}`;
  return undefined;
}

/** Paths below the folder. */
function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)));
}

function leftIn(source: string): string | undefined {
  const left = filesIn(source);
  return left.length === 0 ? undefined : `${left.length} files left in the source`;
}

function differenceBetween(folder: string, restored: string): string | undefined {
  const [before, after] = [filesIn(folder), filesIn(restored)];
  if (before.length !== after.length) return `${after.length} files of ${before.length}`;
  const other = before.find(
    (path) => !readFileSync(join(folder, path)).equals(readFileSync(join(restored, path))),
  );
  return other === undefined ? undefined : `${other} has another content`;
}
