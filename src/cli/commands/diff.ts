import { Command } from 'clipanion';
import { ConfigCommand } from './config-command.ts';
import { Option } from './option.ts';
import { sharedFlags } from './shared-flags.ts';

/** `s3-backup diff OLDER NEWER` */
export class DiffCommand extends ConfigCommand {
  static override paths = [['diff']];

  static override usage = Command.Usage({
    description: 'Show what came, changed and went between two runs that have stored a manifest',
  });

  older = Option.String({ name: 'OLDER' });
  newer = Option.String({ name: 'NEWER' });
  json = sharedFlags.json();

  override async execute(): Promise<number> {
    const { diffAction } = await import('../actions/diff.ts');
    return diffAction(this.context, await this.load(), this);
  }
}
