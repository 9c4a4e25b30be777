import { Command } from 'clipanion';
import { Option } from './option.ts';
import { settingFlag } from './setting-flag.ts';
import { sharedFlags } from './shared-flags.ts';
import { SourceCommand } from './source-command.ts';

/** `s3-backup verify [PATTERN]` */
export class VerifyCommand extends SourceCommand {
  static override paths = [['verify']];

  static override usage = Command.Usage({
    description:
      'Compare local files, or those that match PATTERN, with S3 by their digests; changes nothing',
  });

  pattern = Option.String({ required: false, name: 'PATTERN' });
  against = Option.String('--against', 'bucket', {
    description:
      'what to compare with S3: bucket for the local files (default), or a report or manifest of a run; - is stdin',
  });
  run = Option.String('--run', {
    description: 'compare the files in the manifest of a run: latest, or an ID that `runs` lists',
  });
  plan = sharedFlags.plan();
  shard = sharedFlags.shard();
  parallel = sharedFlags.parallel();
  download = Option.Boolean('--download', false, { description: 'read back all files' });
  sample = Option.String('--sample', { description: 'read back this share of the files: 1%' });
  seed = Option.String('--seed', { description: 'choose the sample that this text chose before' });
  strict = Option.Boolean('--strict', false, {
    description: 'treat objects without a local file as failures',
  });
  include = settingFlag('backup.include_patterns');
  exclude = settingFlag('backup.exclude_patterns');
  includeFrom = settingFlag('backup.include_from');
  excludeFrom = settingFlag('backup.exclude_from');
  maxDuration = settingFlag('transfer.max_duration');
  html = settingFlag('report.html');
  stats = settingFlag('logging.stats');
  json = Option.Boolean('--json', false, { description: 'print one JSON object per line, for every file' });
  verbose = Option.Boolean('--verbose,-v', false, {
    description: 'print every file, not only differences',
  });
  quiet = Option.Boolean('--quiet,-q', false, { description: 'print no progress and no counts' });

  override async execute(): Promise<number> {
    const { verifyAction } = await import('../actions/verify.ts');
    const config = await (this.plan === undefined ? this.load() : this.loadForPlan());
    return verifyAction(this.context, config, this);
  }
}
