import { Command } from 'clipanion';
import type { FlagValues } from '../config/index.ts';
import { ConfigCommand } from './config-command.ts';
import { Option } from './option.ts';

/** `s3-backup restore [PATTERN ...] --to DIR` */
export class RestoreCommand extends ConfigCommand {
  static override paths = [['restore']];

  static override usage = Command.Usage({
    description:
      'Restore a backup into the folder --to: all files, or those that a PATTERN matches; each is proved',
  });

  patterns = Option.Rest({ name: 'PATTERN' });
  to = Option.String('--to', { description: 'the folder to restore to; created if missing' });
  dryRun = Option.Boolean('--dry-run,-d,-n', false, { description: 'only say what would be done' });
  include = Option.Array('--include', {
    description: 'only files that match this pattern, too; repeatable',
  });
  exclude = Option.Array('--exclude', { description: 'no files that match this pattern; repeatable' });
  overwrite = Option.Boolean('--overwrite', false, { description: 'replace local files that differ' });
  versionAt = Option.String('--version-at', {
    description: 'as the bucket was then: 2026-11-24T13:00:00Z, or 2026-11-24, its first moment in UTC',
  });
  run = Option.String('--run', {
    description: 'only what this run stored, by its manifest: latest, or an ID that `runs` lists',
  });
  links = Option.Boolean('--links', false, {
    description: 'restore links that were stored as NAME.rclonelink as symbolic links',
  });
  allowSetuid = Option.Boolean('--allow-setuid', false, {
    description: 'as root, give files their setuid, setgid and sticky bits back, too',
  });
  archiveDays = Option.String('--archive-days', {
    description: 'how many days archived objects that are asked for stay readable (default 7)',
  });
  archiveTier = Option.String('--archive-tier', {
    description: 'how fast archived objects become readable: Standard (default), Bulk, Expedited',
  });
  requireProof = Option.Boolean('--require-proof', {
    description: 'treat unproved objects as failed (default); the opposite is --no-require-proof',
  });
  wait = Option.String('--wait', { description: 'how long to wait for another run to end; default 0s' });
  concurrency = Option.String('--concurrency', { description: 'files under way at the same time' });
  bwlimit = Option.String('--bwlimit', {
    description: 'most bytes a second: 10M, or 08:00=10M 19:00=off; SIGHUP reads it again',
  });
  maxOutage = Option.String('--max-outage', {
    description: 'how long to wait for an endpoint that is away; default 15m',
  });
  outputJson = Option.String('--output-json', { description: 'write the report as JSON; - is stdout' });
  logFile = Option.String('--log-file', { description: 'log to this file, too' });
  logLevel = Option.String('--log-level', { description: 'DEBUG, INFO, WARNING, ERROR or CRITICAL' });
  verbose = Option.Boolean('--verbose,-v', false, { description: 'say everything on stderr' });
  quiet = Option.Boolean('--quiet,-q', false, { description: 'say nothing but errors' });

  protected override flags(): FlagValues {
    return {
      ...super.flags(),
      'safety.require_proof': { value: this.requireProof, flag: '--require-proof' },
      'safety.wait': { value: this.wait, flag: '--wait' },
      'transfer.concurrency': { value: this.concurrency, flag: '--concurrency' },
      'transfer.bwlimit': { value: this.bwlimit, flag: '--bwlimit' },
      'transfer.max_outage': { value: this.maxOutage, flag: '--max-outage' },
      'report.output_json': { value: this.outputJson, flag: '--output-json' },
      'logging.log_file': { value: this.logFile, flag: '--log-file' },
      'logging.level': { value: this.logLevel, flag: '--log-level' },
    };
  }

  override async execute(): Promise<number> {
    const { restoreFromSettings } = await import('../actions/restore.ts');
    return restoreFromSettings(this.context, this.load(), this);
  }
}
