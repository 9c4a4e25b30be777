import { batchScript } from './batch.ts';
import { kubernetesManifest } from './kubernetes.ts';
import { parallelScript } from './parallel.ts';
import type { ShardProgram } from './shard-program.ts';
import { slurmScript } from './slurm.ts';

/** What starts the shards of a plan, by the name of the engine. */
export const ENGINES = {
  slurm: slurmScript,
  kubernetes: kubernetesManifest,
  batch: batchScript,
  parallel: parallelScript,
} as const satisfies Readonly<Record<string, (shards: ShardProgram) => string>>;

export type Engine = keyof typeof ENGINES;
