import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Client } from './client.ts';
import { copyFiles } from './copy-files.ts';
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
  /** A folder that is emptied for each run. */
  readonly home: string;
  readonly cores: string | undefined;
  readonly nodeFlags?: readonly string[];
  /** A copy of the files for a move. Default: one is made. */
  readonly copy?: string | undefined;
}

/** Runs a client and checks with the sink that every file arrived, and for a move that none is left. */
export async function runClient(client: Client, options: RunOptions): Promise<Run> {
  const { sink, set, folder, home, cores, nodeFlags = [], copy } = options;
  rmSync(home, { recursive: true, force: true });
  mkdirSync(home);
  const source = client.isMove ? (copy ?? copyFiles(folder, join(home, 'source'))) : folder;
  const { endpoint, certificate } = sink;
  const command = client.command({ source, endpoint, certificate, home, set, nodeFlags });
  await sink.reset();
  const measured = await measure(command, cores, home);
  const stats = await sink.stats();
  const failure = failureOf(measured, stats, set) ?? (client.isMove ? leftIn(source) : undefined);
  rmSync(home, { recursive: true, force: true });
  return { ...measured, stats, failure };
}

function failureOf({ code, output }: Measured, stats: Stats, set: DataSet): string | undefined {
  if (code !== 0) return `exit ${code ?? 'by a signal'}: ${output.trim().split('\n').at(-1)}`;
  if (stats.objects !== set.files) return `${stats.objects} objects of ${set.files}`;
  if (stats.bytes !== bytesOf(set)) return `${stats.bytes} bytes of ${bytesOf(set)}`;
  return undefined;
}

function leftIn(source: string): string | undefined {
  const left = readdirSync(source, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return left.length === 0 ? undefined : `${left.length} files left in the source`;
}
