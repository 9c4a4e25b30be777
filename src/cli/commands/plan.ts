import { Command } from 'clipanion';
import { BackupCommand } from './backup-command.ts';
import { Option } from './option.ts';
import { settingFlag } from './setting-flag.ts';
import { sharedFlags } from './shared-flags.ts';

/** Names of the engines for which a plan can be printed. */
export const ENGINE_NAMES = ['slurm', 'kubernetes', 'batch', 'parallel'] as const;

/** `s3-backup plan` */
export class PlanCommand extends BackupCommand {
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
  stats = settingFlag('logging.stats');
  quiet = sharedFlags.quiet();

  override async execute(): Promise<number> {
    const { planAction } = await import('../actions/plan.ts');
    return planAction(this.context, await this.load(), this);
  }
}
