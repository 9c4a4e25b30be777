import { Command } from 'clipanion';
import type { CliContext } from '../context.ts';
import { Option } from './option.ts';

/** `s3-backup init [FILE]` */
export class InitCommand extends Command<CliContext> {
  static override paths = [['init']];

  static override usage = Command.Usage({
    description:
      'Write a commented sample configuration to FILE (default .backuprc in this folder; - is stdout)',
  });

  file = Option.String({ required: false, name: 'FILE' });
  force = Option.Boolean('--force', false, { description: 'replace an existing file' });

  override async execute(): Promise<number> {
    const { initAction } = await import('../actions/init.ts');
    return initAction(this.context, this.file, this.force);
  }
}
