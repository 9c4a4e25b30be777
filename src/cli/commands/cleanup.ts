import { Command } from 'clipanion';
import { CLEANUP_DEFAULTS } from '../../core/defaults.ts';
import { formatDuration } from '../config/parse/parse-duration.ts';
import { ConfigCommand } from './config-command.ts';
import { Option } from './option.ts';
import { settingFlag } from './setting-flag.ts';

const OLDER_THAN = formatDuration(CLEANUP_DEFAULTS.olderThanSeconds);

/** `s3-backup cleanup` */
export class CleanupCommand extends ConfigCommand {
  static override paths = [['cleanup']];

  static override usage = Command.Usage({
    description: 'Abort unfinished multipart uploads below the prefix, and remove leftovers of killed runs',
  });

  olderThan = Option.String('--older-than', OLDER_THAN, {
    description: `only uploads that got no new part for this long: 12h, ${OLDER_THAN} (default), 0s`,
  });
  dryRun = Option.Boolean('--dry-run,-d,-n', false, {
    description: 'only print what would be aborted or removed',
  });
  stats = settingFlag('logging.stats');
  json = Option.Boolean('--json', false, { description: 'print one JSON object per line' });

  override async execute(): Promise<number> {
    const { cleanupAction } = await import('../actions/cleanup.ts');
    return cleanupAction(this.context, await this.load(), this);
  }
}
