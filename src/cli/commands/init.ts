import { Command } from 'clipanion';
import type { CliContext } from '../context.ts';
import { Option } from './option.ts';
import { flagValues, settingFlag } from './setting-flag.ts';

/** `s3-backup init [FILE]` */
export class InitCommand extends Command<CliContext> {
  static override paths = [['init']];

  static override usage = Command.Usage({
    description:
      'Write a commented sample configuration to FILE (default .backuprc in this folder; - is stdout); with --wizard, ask for a first one',
  });

  file = Option.String({ required: false, name: 'FILE' });
  force = Option.Boolean('--force', false, { description: 'replace an existing file' });
  wizard = Option.Boolean('--wizard', false, {
    description: 'ask for source, store, credentials and bucket, try each answer, and write them',
  });
  yes = Option.Boolean('--yes', false, { description: 'ask nothing, and take the defaults' });
  check = Option.Boolean('--check', true, {
    description: 'try each answer (default); the opposite is --no-check',
  });
  store = Option.String('--store', { description: 'kind of store: aws, r2, b2, minio, other, ...' });
  source = settingFlag('backup.source_directory');
  endpointUrl = settingFlag('aws.endpoint_url');
  profile = settingFlag('aws.profile');
  region = settingFlag('aws.region');
  bucket = settingFlag('s3.bucket_name');
  prefix = settingFlag('s3.prefix');
  delete = settingFlag('backup.delete_after_upload');

  override async execute(): Promise<number> {
    const { initAction } = await import('../actions/init.ts');
    return initAction(this.context, { ...this, settings: flagValues(this) });
  }
}
