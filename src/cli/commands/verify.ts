import { Command } from 'clipanion';
import { Option } from './option.ts';
import { settingFlag } from './setting-flag.ts';
import { SourceCommand } from './source-command.ts';

/** `s3-backup verify [PATTERN]` */
export class VerifyCommand extends SourceCommand {
  static override paths = [['verify']];

  static override usage = Command.Usage({
    description:
      'Compare the files here with S3, by their digests: all, or those that a pattern matches; changes nothing',
  });

  pattern = Option.String({ required: false, name: 'PATTERN' });
  against = Option.String('--against', 'bucket', {
    description:
      'bucket: the files here (default); or a report or manifest of a run instead of them; - is stdin',
  });
  run = Option.String('--run', {
    description: 'compare what the manifest of a run lists: latest, or an ID that `runs` lists',
  });
  download = Option.Boolean('--download', false, { description: 'read back every byte' });
  sample = Option.String('--sample', { description: 'read back every byte of this share of the files: 1%' });
  seed = Option.String('--seed', { description: 'choose the same sample again' });
  strict = Option.Boolean('--strict', false, {
    description: 'an object without a file here is a failure, too',
  });
  include = settingFlag('backup.include_patterns');
  exclude = settingFlag('backup.exclude_patterns');
  includeFrom = settingFlag('backup.include_from');
  excludeFrom = settingFlag('backup.exclude_from');
  json = Option.Boolean('--json', false, { description: 'a JSON object a line, for every file' });
  verbose = Option.Boolean('--verbose,-v', false, {
    description: 'a line for every file, not only differences',
  });
  quiet = Option.Boolean('--quiet,-q', false, { description: 'no progress and no counts' });

  override async execute(): Promise<number> {
    const { verifyAction } = await import('../actions/verify.ts');
    return verifyAction(this.context, this.load(), this);
  }
}
