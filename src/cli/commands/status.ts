import { Command } from 'clipanion';
import { Option } from './option.ts';
import { SourceCommand } from './source-command.ts';

/** `s3-backup status` */
export class StatusCommand extends SourceCommand {
  static override paths = [['status']];

  static override usage = Command.Usage({
    description: 'Show what is set and where each value comes from, and check what a run needs',
  });

  all = Option.Boolean('--all,-a', false, { description: 'also show the settings that have their defaults' });
  writeProbe = Option.Boolean('--write-probe', true, {
    description: 'write a test object and remove it (default); the opposite is --no-write-probe',
  });
  maxAge = Option.String('--max-age', {
    description: 'only check that the last successful run in the bucket is younger: 26h; else exit with 2',
  });

  override async execute(): Promise<number> {
    if (this.maxAge !== undefined) {
      const { checkLastSuccess } = await import('../status/last-success.ts');
      return checkLastSuccess(this.context, () => this.load(), this.maxAge);
    }
    const { statusAction } = await import('../actions/status.ts');
    return statusAction(this.context, await this.load(), this);
  }
}
