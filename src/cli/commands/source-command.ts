import { ConfigCommand } from './config-command.ts';
import { settingFlag } from './setting-flag.ts';

/** The flags of every command that is about local files to be backed up. */
export abstract class SourceCommand extends ConfigCommand {
  source = settingFlag('backup.source_directory');
}
