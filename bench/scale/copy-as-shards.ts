import { bytesOf, type DataSet } from '../speed/data-set.ts';
import type { Sink } from '../speed/sink-process.ts';
import { storedPlan } from './stored-plan.ts';
import { cpuOf, type Workplace } from './workplace.ts';

/** How files are copied. */
export interface Way {
  readonly title: string;
  /** 0 for one run without a plan. */
  readonly shards: number;
  /** Shards that run at the same time. */
  readonly atOnce: number;
}

/** What a way took. */
export interface Taken {
  /** Of all its programs together. */
  readonly cpuSeconds: number;
  /** Those of `plan`, which are not among the others. */
  readonly planSeconds: number;
  /** Of the largest of its programs. */
  readonly peakBytes: number;
  /** Number of requests by operation, without those of `plan`. */
  readonly requests: Readonly<Record<string, number>>;
}

interface Place {
  readonly work: Workplace;
  /** Empty, and keeps contents. */
  readonly sink: Sink;
  readonly source: string;
  readonly set: DataSet;
  /** Cores of the programs, as taskset takes them. */
  readonly cores: string | undefined;
}

/** Copies files to a sink in one way. @throws Error unless the sink then holds all of them */
export async function copyAsShards({ shards, atOnce }: Way, place: Place): Promise<Taken> {
  const { work, sink, source, set, cores } = place;
  const config = work.configure(sink.endpoint, source);
  const commands: string[][] = [];
  let planSeconds = 0;
  if (shards === 0) commands.push(['run', ...config]);
  else {
    planSeconds = cpuOf(await work.run(['plan', ...config, '--shards', String(shards)], cores));
    const { id, ranges } = await storedPlan(sink.endpoint);
    for (const index of ranges.keys())
      commands.push(['run', ...config, '--plan', id, '--shard', String(index)]);
    await sink.reset('counts');
  }
  let [cpuSeconds, peakBytes] = [0, 0];
  const workOff = async () => {
    for (let command = commands.shift(); command !== undefined; command = commands.shift()) {
      const measured = await work.run(command, cores);
      cpuSeconds += cpuOf(measured);
      peakBytes = Math.max(peakBytes, measured.peakBytes);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, workOff));
  const { requests, bytes } = await sink.stats();
  if (bytes < bytesOf(set)) throw new Error(`${bytes} bytes were stored of ${bytesOf(set)}`);
  return { cpuSeconds, planSeconds, peakBytes, requests };
}
