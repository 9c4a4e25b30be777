import { Command } from 'clipanion';
import type { CliContext } from '../context.ts';
import { Option } from './option.ts';

/** `s3-backup report FILE` */
export class ReportCommand extends Command<CliContext> {
  static override paths = [['report']];

  static override usage = Command.Usage({
    description: 'Make an HTML page of the report FILE (from --output-json, or --events; - is stdin)',
  });

  file = Option.String({ name: 'FILE' });
  html = Option.String('--html', {
    description: 'the page to write; - is stdout (default: FILE, with .html instead of .json or .ndjson)',
  });
  outputJson = Option.String('--output-json', {
    description:
      'write the report itself as JSON, made of events; - is stdout. Without --html no page is written',
  });

  override async execute(): Promise<number> {
    const { reportAction } = await import('../actions/report.ts');
    return reportAction(this.context, this.file, this);
  }
}
