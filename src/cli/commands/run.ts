import { Command } from 'clipanion';
import { BackupError } from '../../core/errors.ts';
import { BackupCommand } from './backup-command.ts';
import { Option } from './option.ts';
import { settingFlag } from './setting-flag.ts';
import { sharedFlags } from './shared-flags.ts';

/** `s3-backup [run]` */
export class RunCommand extends BackupCommand {
  static override paths = [Command.Default, ['run']];

  static override usage = Command.Usage({
    description: 'Back up a folder to S3; with deletion on, move it',
  });

  dryRun = sharedFlags.dryRun();
  failIfEmpty = settingFlag('safety.fail_if_empty');
  maxDelete = settingFlag('safety.max_delete');
  interactive = Option.Boolean('--interactive,-i', false, {
    description: 'before any move, count what it would delete here and ask; needs a terminal',
  });
  yes = Option.Boolean('--yes,-y', false, {
    description: 'do not ask before the first move of a folder on a terminal',
  });
  wait = settingFlag('safety.wait');
  filesFrom = Option.String('--files-from', {
    description: 'back up only the files that a list names, relative to the source; - is stdin',
  });
  null = Option.Boolean('--null,-0', false, {
    description: 'the list is separated by NUL instead of newline',
  });
  plan = sharedFlags.plan();
  shard = sharedFlags.shard();
  lease = Option.Boolean('--lease', true, {
    description:
      'take the lease of the shard (default); --no-lease: the engine runs no shard twice at the same time',
  });
  parallel = sharedFlags.parallel();
  concurrency = settingFlag('transfer.concurrency');
  bwlimit = settingFlag('transfer.bwlimit');
  processes = settingFlag('transfer.processes');
  maxOutage = settingFlag('transfer.max_outage');
  maxTransfer = settingFlag('transfer.max_transfer');
  maxDuration = settingFlag('transfer.max_duration');
  outputJson = settingFlag('report.output_json');
  html = settingFlag('report.html');
  events = settingFlag('report.events');
  metrics = settingFlag('report.metrics');
  md5sums = settingFlag('report.md5sums');
  manifest = settingFlag('report.manifest');
  logFile = settingFlag('logging.log_file');
  logLevel = settingFlag('logging.level');
  stats = settingFlag('logging.stats');
  verbose = sharedFlags.verbose();
  quiet = sharedFlags.quiet();
  status = Option.Boolean('--status,-s', false, { description: 'same as the command status' });
  createConfig = Option.Boolean('--create-config', false, { description: 'same as the command init' });

  override async execute(): Promise<number> {
    if (this.createConfig)
      return (await import('../actions/init.ts')).initAction(this.context, { file: this.config });
    if (this.status && this.maxAge.value !== undefined)
      throw new BackupError(
        'BAD_OPTION',
        'Of run, --max-age selects files; use: s3-backup status --max-age.',
      );
    if (this.null && this.filesFrom === undefined) {
      throw new BackupError('BAD_OPTION', '--null needs --files-from.');
    }
    const config = await (this.plan === undefined ? this.load() : this.loadForPlan());
    // Loaded only if it is needed, since the SDK takes 0.2 s to load.
    if (this.status) {
      const { statusAction } = await import('../actions/status.ts');
      return statusAction(this.context, config, { writeProbe: true, all: false });
    }
    const { runAction } = await import('../actions/run.ts');
    return runAction(this.context, config, this);
  }
}
