import { Command } from 'clipanion';
import { BackupError } from '../../core/errors.ts';
import { BackupCommand } from './backup-command.ts';
import { Option } from './option.ts';
import { settingFlag } from './setting-flag.ts';
import { sharedFlags } from './shared-flags.ts';

/** `s3-backup finish --plan ID` */
export class FinishCommand extends BackupCommand {
  static override paths = [['finish']];

  static override usage = Command.Usage({
    description:
      'Make one run of all shards of a plan, with one manifest and one report of what they have done',
  });

  plan = Option.String('--plan', { description: 'id of the plan; required' });
  lease = Option.Boolean('--lease', true, {
    description: 'take the lease of the plan (default); --no-lease: nobody else finishes it meanwhile',
  });
  wait = settingFlag('safety.wait');
  maxOutage = settingFlag('transfer.max_outage');
  outputJson = settingFlag('report.output_json');
  html = settingFlag('report.html');
  events = settingFlag('report.events');
  metrics = settingFlag('report.metrics');
  md5sums = settingFlag('report.md5sums');
  logFile = settingFlag('logging.log_file');
  logLevel = settingFlag('logging.level');
  stats = settingFlag('logging.stats');
  verbose = sharedFlags.verbose();
  quiet = sharedFlags.quiet();

  override async execute(): Promise<number> {
    const { plan } = this;
    if (plan === undefined)
      throw new BackupError('BAD_OPTION', 'finish needs --plan, with the id of a plan.');
    const config = await this.loadForPlan();
    const { finishAction } = await import('../actions/finish.ts');
    const { lease, verbose, quiet } = this;
    return finishAction(this.context, config, { plan, lease, verbose, quiet, load: () => this.load() });
  }
}
