import { Command } from 'clipanion';
import { ConfigCommand } from './config-command.ts';
import { sharedFlags } from './shared-flags.ts';

/** `s3-backup runs` */
export class RunsCommand extends ConfigCommand {
  static override paths = [['runs']];

  static override usage = Command.Usage({
    description: 'List the runs that have stored a manifest (report.manifest: true)',
  });

  json = sharedFlags.json();

  override async execute(): Promise<number> {
    const { runsAction } = await import('../actions/runs.ts');
    return runsAction(this.context, await this.load(), this);
  }
}
