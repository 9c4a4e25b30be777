import { Command } from 'clipanion';
import { RESTORE_DEFAULTS } from '../../core/defaults.ts';
import { ConfigCommand } from './config-command.ts';
import { Option } from './option.ts';
import { settingFlag } from './setting-flag.ts';
import { sharedFlags } from './shared-flags.ts';

export const ARCHIVE_TIERS = ['Standard', 'Bulk', 'Expedited'] as const;

const TIERS = ARCHIVE_TIERS.map((tier) =>
  tier === RESTORE_DEFAULTS.archiveTier ? `${tier} (default)` : tier,
).join(', ');

/** `s3-backup restore [PATTERN ...] --to DIR` */
export class RestoreCommand extends ConfigCommand {
  static override paths = [['restore']];

  static override usage = Command.Usage({
    description:
      'Restore a backup into the folder --to: all files, or those that match a PATTERN; each is proved',
  });

  patterns = Option.Rest({ name: 'PATTERN' });
  to = Option.String('--to', { description: 'the folder to restore to; created if missing' });
  dryRun = sharedFlags.dryRun();
  include = Option.Array('--include', {
    description: 'only files that also match this pattern; repeatable',
  });
  exclude = Option.Array('--exclude', { description: 'skip files that match this pattern; repeatable' });
  overwrite = Option.Boolean('--overwrite', false, { description: 'replace local files that differ' });
  versionAt = Option.String('--version-at', {
    description:
      'restore the bucket as it was at this time: 2026-11-24T13:00:00Z, or 2026-11-24 (its start in UTC)',
  });
  run = Option.String('--run', {
    description: 'only files that this run stored, by its manifest: latest, or an ID that `runs` lists',
  });
  plan = sharedFlags.plan();
  shard = sharedFlags.shard();
  parallel = sharedFlags.parallel();
  links = Option.Boolean('--links', false, {
    description: 'restore links that were stored as NAME.rclonelink as symbolic links',
  });
  allowSetuid = Option.Boolean('--allow-setuid', false, {
    description: 'as root, also restore setuid, setgid and sticky bits',
  });
  archiveDays = Option.String('--archive-days', {
    description: `days that requested archived objects stay readable (default ${RESTORE_DEFAULTS.archiveDays})`,
  });
  archiveTier = Option.String('--archive-tier', {
    description: `how fast archived objects become readable: ${TIERS}`,
  });
  requireProof = settingFlag('safety.require_proof');
  wait = settingFlag('safety.wait');
  concurrency = settingFlag('transfer.concurrency');
  bwlimit = settingFlag('transfer.bwlimit');
  maxOutage = settingFlag('transfer.max_outage');
  maxDuration = settingFlag('transfer.max_duration');
  outputJson = settingFlag('report.output_json');
  html = settingFlag('report.html');
  events = settingFlag('report.events');
  logFile = settingFlag('logging.log_file');
  logLevel = settingFlag('logging.level');
  stats = settingFlag('logging.stats');
  verbose = sharedFlags.verbose();
  quiet = sharedFlags.quiet();

  override async execute(): Promise<number> {
    const { restoreAction } = await import('../actions/restore.ts');
    const config = await (this.plan === undefined ? this.load() : this.loadForPlan());
    return restoreAction(this.context, config, this);
  }
}
