import { Command } from 'clipanion';
import type { CliContext } from '../context.ts';
import { Option } from './option.ts';

/** `s3-backup completion SHELL` */
export class CompletionCommand extends Command<CliContext> {
  static override paths = [['completion']];

  static override usage = Command.Usage({
    description:
      'Print a script that completes commands, options and values in SHELL: bash, zsh, fish, powershell',
  });

  shell = Option.String({ required: false, name: 'SHELL' });

  override async execute(): Promise<number> {
    const { completionAction } = await import('../actions/completion.ts');
    return completionAction(this.context, this.shell);
  }
}
