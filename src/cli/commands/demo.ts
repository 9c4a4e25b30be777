import { Command } from 'clipanion';
import type { CliContext } from '../context.ts';
import { Option } from './option.ts';

/** `s3-backup demo [DIR]` */
export class DemoCommand extends Command<CliContext> {
  static override paths = [['demo']];

  static override usage = Command.Usage({
    description:
      'Try the program without an account: move a sample folder, or copy DIR, to the built-in S3 endpoint',
  });

  folder = Option.String({ required: false, name: 'DIR' });

  override async execute(): Promise<number> {
    const { demoAction } = await import('../actions/demo.ts');
    return demoAction(this.context, this.folder);
  }
}
