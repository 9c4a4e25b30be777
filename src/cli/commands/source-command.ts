import { ConfigCommand } from './config-command.ts';
import { settingFlag } from './setting-flag.ts';

/** The flags of each command that reads local files for a backup. */
export abstract class SourceCommand extends ConfigCommand {
  source = settingFlag('backup.source_directory');
}
