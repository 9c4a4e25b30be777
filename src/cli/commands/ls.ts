import { Command } from 'clipanion';
import { ConfigCommand } from './config-command.ts';
import { Option } from './option.ts';
import { sharedFlags } from './shared-flags.ts';

/** `s3-backup ls [PATTERN]` */
export class LsCommand extends ConfigCommand {
  static override paths = [['ls']];

  static override usage = Command.Usage({
    description: 'List the objects below the prefix, or those that PATTERN matches',
  });

  pattern = Option.String({ required: false, name: 'PATTERN' });
  long = Option.Boolean('--long,-l', false, {
    description: 'also print mode and mtime of the file; takes one request per object',
  });
  summary = Option.Boolean('--summary', false, {
    description: 'only how many objects and bytes there are, by storage class and by age',
  });
  json = sharedFlags.json();

  override async execute(): Promise<number> {
    const { lsAction } = await import('../actions/ls.ts');
    return lsAction(this.context, await this.load(), this);
  }
}
