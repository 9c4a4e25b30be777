import { Command } from 'clipanion';
import { ConfigCommand } from './config-command.ts';
import { Option } from './option.ts';
import { settingFlag } from './setting-flag.ts';
import { sharedFlags } from './shared-flags.ts';

/** `s3-backup cat KEY|PATTERN` */
export class CatCommand extends ConfigCommand {
  static override paths = [['cat']];

  static override usage = Command.Usage({
    description:
      'Write the bytes of an object, or of all that PATTERN matches, to stdout; exit code 0 only if they are proved',
  });

  pattern = Option.String({ name: 'KEY|PATTERN' });
  versionAt = Option.String('--version-at', {
    description: 'what it was at this time: 2026-11-24T13:00:00Z, or 2026-11-24 (its start in UTC)',
  });
  run = Option.String('--run', {
    description: 'what this run stored, by its manifest: latest, or an ID that `runs` lists',
  });
  requireProof = settingFlag('safety.require_proof');
  bwlimit = settingFlag('transfer.bwlimit');
  maxOutage = settingFlag('transfer.max_outage');
  logFile = settingFlag('logging.log_file');
  logLevel = settingFlag('logging.level');
  verbose = sharedFlags.verbose();
  quiet = sharedFlags.quiet();

  override async execute(): Promise<number> {
    const { catAction } = await import('../actions/cat.ts');
    return catAction(this.context, await this.load(), this);
  }
}
