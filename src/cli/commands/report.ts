import { Command } from 'clipanion';
import type { CliContext } from '../context.ts';
import { Option } from './option.ts';

/** `s3-backup report FILE` */
export class ReportCommand extends Command<CliContext> {
  static override paths = [['report']];

  static override usage = Command.Usage({
    description: 'Make an HTML page of the report FILE (from --output-json; - is stdin)',
  });

  file = Option.String({ name: 'FILE' });
  html = Option.String('--html', {
    description: 'the page to write; - is stdout (default: FILE, with .html instead of .json)',
  });

  override async execute(): Promise<number> {
    const { reportAction } = await import('../actions/report.ts');
    return reportAction(this.context, this.file, this.html);
  }
}
