import { Option } from './option.ts';

/** Flags that are not settings and that several commands share. Each call declares one. */
export const sharedFlags = {
  dryRun: () => Option.Boolean('--dry-run,-d,-n', false, { description: 'only print what would be done' }),
  json: () => Option.Boolean('--json', false, { description: 'print one JSON object per line' }),
  plan: () =>
    Option.String('--plan', {
      description: 'work on one shard of the plan that s3-backup plan has stored under this id',
    }),
  shard: () =>
    Option.String('--shard', {
      description:
        'index of the shard, from 0 (default: that of the Slurm, Kubernetes, Batch, Nomad or parallel task)',
    }),
  parallel: () =>
    Option.String('--parallel', {
      description:
        'number of shards that work at the same time, and so share the bandwidth limit (default 1)',
    }),
  verbose: () => Option.Boolean('--verbose,-v', false, { description: 'print everything on stderr' }),
  quiet: () => Option.Boolean('--quiet,-q', false, { description: 'print errors only' }),
};
