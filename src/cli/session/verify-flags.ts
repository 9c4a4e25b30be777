import { randomBytes } from 'node:crypto';
import { BackupError } from '../../core/errors.ts';
import { sampleOf } from '../../verify/sample.ts';
import type { LoadedConfig } from '../config/index.ts';
import { files } from '../output/summary.ts';
import type { ParallelFlags } from './parallel-shards.ts';
import type { ShardFlags } from './shard-of-plan.ts';

/** The flags of `verify` that are not settings. */
export interface VerifyFlags extends ShardFlags, ParallelFlags {
  readonly pattern?: string | undefined;
  /** What is compared with S3: `bucket` for the local files, the path of a record, or `-` for stdin. */
  readonly against: string;
  readonly run?: string | undefined;
  readonly download: boolean;
  readonly sample?: string | undefined;
  readonly seed?: string | undefined;
  readonly strict: boolean;
  readonly json: boolean;
  readonly verbose: boolean;
  readonly quiet: boolean;
  /** Reads the configuration again. @throws ConfigError */
  load(): Promise<LoadedConfig>;
}

/** Settings whose flags select local files. */
const LOCAL_SELECTION = ['backup.include_patterns', 'backup.exclude_patterns'] as const;

/**
 * Refuses flags that contradict each other.
 *
 * @throws BackupError `BAD_OPTION`
 */
export function validateFlags(flags: VerifyFlags, config: LoadedConfig): void {
  const { against, run, download, sample, seed, strict } = flags;
  const readsRecord = run !== undefined || against !== 'bucket';
  if (run !== undefined && against !== 'bucket')
    refuse('--run and --against each name a record; use one of them.');
  if (download && sample !== undefined)
    refuse('--download reads back all files, --sample a share of them; use one of them.');
  if (seed !== undefined && sample === undefined) refuse('--seed needs --sample.');
  if (strict && readsRecord) refuse('--strict compares local files, which --run and --against do not read.');
  const selectsLocalFiles = LOCAL_SELECTION.some((key) => config.origin(key).kind === 'flag');
  if (readsRecord && selectsLocalFiles)
    refuse(
      '--include and --exclude select local files; to select from the record of --run or --against, use PATTERN.',
    );
}

/** Chooses which objects are read back. */
export function chosenReads({ download, sample, seed = randomBytes(4).toString('hex') }: VerifyFlags): {
  readonly readsBack: ((key: string) => boolean) | undefined;
  /** Makes the line about the sample for the end of the summary; '' without a sample. */
  readonly note: () => string;
} {
  if (download) return { readsBack: () => true, note: () => '' };
  if (sample === undefined) return { readsBack: undefined, note: () => '' };
  const percent = Number(/^(\d+(?:\.\d+)?)%$/.exec(sample)?.[1] ?? 0);
  if (percent <= 0 || percent > 100)
    refuse(`--sample is ${JSON.stringify(sample)}; use a share above 0% and up to 100%, such as 1%.`);
  const isChosen = sampleOf(percent / 100, seed);
  let chosen = 0;
  return {
    readsBack: (key) => {
      const reads = isChosen(key);
      if (reads) chosen += 1;
      return reads;
    },
    note: () =>
      `  ${files(chosen)} read back, a sample of ${percent} % (to choose it again: --seed ${JSON.stringify(seed)})\n`,
  };
}

function refuse(message: string): never {
  throw new BackupError('BAD_OPTION', message);
}
