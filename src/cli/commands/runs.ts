import { Command } from 'clipanion';
import { ConfigCommand } from './config-command.ts';
import { Option } from './option.ts';

/** `s3-backup runs` */
export class RunsCommand extends ConfigCommand {
  static override paths = [['runs']];

  static override usage = Command.Usage({
    description: 'List the runs that have stored a manifest (report.manifest: true)',
  });

  json = Option.Boolean('--json', false, { description: 'a JSON object a line' });

  override async execute(): Promise<number> {
    const { showRuns } = await import('../actions/runs.ts');
    return showRuns(this.context, this.load(), this);
  }
}
