import type { FlagValues } from '../config/index.ts';
import { ConfigCommand } from './config-command.ts';
import { Option } from './option.ts';

/** The flags of every command that is about local files to be backed up. */
export abstract class SourceCommand extends ConfigCommand {
  source = Option.Array('--source', {
    description: 'the folder to back up; repeatable: [PREFIX=]DIR',
  });

  protected override flags(): FlagValues {
    return { ...super.flags(), 'backup.source_directory': { value: this.source, flag: '--source' } };
  }
}
