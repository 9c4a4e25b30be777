import { randomBytes } from 'node:crypto';
import { BackupError } from '../../core/errors.ts';
import { sampleOf } from '../../verify/sample.ts';
import type { LoadedConfig } from '../config/index.ts';
import { files } from '../output/summary.ts';

/** What the command line of `verify` says beside the settings. */
export interface VerifyFlags {
  readonly pattern?: string | undefined;
  /** `bucket`, a file, or `-`. */
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
  load(): LoadedConfig;
}

/** Settings whose flags choose files here. */
const CHOOSING = ['backup.include_patterns', 'backup.exclude_patterns'] as const;

/** @throws BackupError `BAD_OPTION` for flags that say different things */
export function validateFlags(flags: VerifyFlags, config: LoadedConfig): void {
  const { against, run, download, sample, seed, strict } = flags;
  const isOfRecord = run !== undefined || against !== 'bucket';
  if (run !== undefined && against !== 'bucket') refuse('--run and --against name two records; give one.');
  if (download && sample !== undefined) refuse('--download reads back all, --sample a share; give one.');
  if (seed !== undefined && sample === undefined) refuse('--seed is about a sample; give --sample, too.');
  if (strict && isOfRecord)
    refuse('--strict is about the files here, which are not looked at with --run or --against.');
  const choosesHere = CHOOSING.some((key) => config.origin(key).kind === 'flag');
  if (isOfRecord && choosesHere)
    refuse('--include and --exclude choose files here; of what --run or --against records PATTERN chooses.');
}

/** Which objects are read back, and what is to be said of it. */
export function chosenReads({ download, sample, seed = randomBytes(4).toString('hex') }: VerifyFlags): {
  readonly readsBack: ((key: string) => boolean) | undefined;
  /** What is to be said of it at the end. */
  readonly note: () => string;
} {
  if (download) return { readsBack: () => true, note: () => '' };
  if (sample === undefined) return { readsBack: undefined, note: () => '' };
  const percent = Number(/^(\d+(?:\.\d+)?)%$/.exec(sample)?.[1] ?? 0);
  if (percent <= 0 || percent > 100)
    refuse(`--sample is ${JSON.stringify(sample)}; allowed are shares above 0% up to 100%, such as 1%.`);
  const isChosen = sampleOf(percent / 100, seed);
  let chosen = 0;
  return {
    readsBack: (key) => {
      const reads = isChosen(key);
      if (reads) chosen += 1;
      return reads;
    },
    note: () =>
      `  ${files(chosen)} of the sample of ${percent} % read back (--seed ${JSON.stringify(seed)} chooses it again)\n`,
  };
}

function refuse(message: string): never {
  throw new BackupError('BAD_OPTION', message);
}
