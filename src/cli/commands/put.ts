import { Command } from 'clipanion';
import { ConfigCommand } from './config-command.ts';
import { Option } from './option.ts';
import { settingFlag } from './setting-flag.ts';
import { sharedFlags } from './shared-flags.ts';

/** `s3-backup put KEY` */
export class PutCommand extends ConfigCommand {
  static override paths = [['put']];

  static override usage = Command.Usage({
    description: 'Store what stdin, or a command, writes as the object KEY below the prefix, and prove it',
  });

  key = Option.String({ name: 'KEY' });
  command = Option.String('--command', {
    description: 'store what this shell command writes; nothing is stored if it fails',
  });
  ifAbsent = Option.Boolean('--if-absent', false, { description: 'fail if there is an object KEY' });
  expectedSize = Option.String('--expected-size', {
    description: 'expected size, 200G for example: parts are then large enough from the beginning',
  });
  verify = settingFlag('safety.verify');
  wait = settingFlag('safety.wait');
  bwlimit = settingFlag('transfer.bwlimit');
  maxOutage = settingFlag('transfer.max_outage');
  outputJson = settingFlag('report.output_json');
  html = settingFlag('report.html');
  events = settingFlag('report.events');
  metrics = settingFlag('report.metrics');
  manifest = settingFlag('report.manifest');
  logFile = settingFlag('logging.log_file');
  logLevel = settingFlag('logging.level');
  stats = settingFlag('logging.stats');
  verbose = sharedFlags.verbose();
  quiet = sharedFlags.quiet();

  override async execute(): Promise<number> {
    const { putAction } = await import('../actions/put.ts');
    return putAction(this.context, await this.load(), this);
  }
}
