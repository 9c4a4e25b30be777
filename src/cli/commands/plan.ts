import { Command } from 'clipanion';
import { Option } from './option.ts';
import { settingFlag } from './setting-flag.ts';
import { sharedFlags } from './shared-flags.ts';
import { SourceCommand } from './source-command.ts';

/** Names of the engines for which a plan can be printed. */
export const ENGINE_NAMES = ['slurm', 'kubernetes', 'batch', 'parallel'] as const;

/** `s3-backup plan` */
export class PlanCommand extends SourceCommand {
  static override paths = [['plan']];

  static override usage = Command.Usage({
    description: 'Divide a backup into shards for many machines, and store the plan in the bucket',
  });

  shards = Option.String('--shards', { description: 'number of shards, at most 10000 (default 16)' });
  shardFiles = Option.String('--shard-files', {
    description: 'as many shards as give each of them this number of files on average',
  });
  by = Option.String('--by', 'walk', {
    description:
      'how files are counted: walk looks at all (default), folders estimates, run:ID reads the manifest of a run',
  });
  print = Option.String('--print', {
    description: 'print what starts the shards: slurm, kubernetes, batch (AWS) or parallel (GNU)',
  });
  storageClass = settingFlag('s3.storage_class');
  delete = settingFlag('backup.delete_after_upload');
  include = settingFlag('backup.include_patterns');
  exclude = settingFlag('backup.exclude_patterns');
  includeFrom = settingFlag('backup.include_from');
  excludeFrom = settingFlag('backup.exclude_from');
  minSize = settingFlag('backup.min_size');
  maxSize = settingFlag('backup.max_size');
  minAge = settingFlag('backup.min_age');
  maxAge = settingFlag('backup.max_age');
  compare = settingFlag('backup.compare');
  overwrite = settingFlag('safety.overwrite');
  verify = settingFlag('safety.verify');
  stats = settingFlag('logging.stats');
  quiet = sharedFlags.quiet();

  override async execute(): Promise<number> {
    const { planAction } = await import('../actions/plan.ts');
    return planAction(this.context, await this.load(), this);
  }
}
