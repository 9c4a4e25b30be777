import { resolve } from 'node:path';
import { Command } from 'clipanion';
import { EXIT_CODES } from '../../core/exit-codes.ts';
import { sampleConfig, writeSampleConfig } from '../config/index.ts';
import type { CliContext } from '../context.ts';
import { Option } from './option.ts';

/** `s3-backup init [FILE]` */
export class InitCommand extends Command<CliContext> {
  static override paths = [['init']];

  static override usage = Command.Usage({
    description: 'Write a commented sample configuration (default: .backuprc here; -: to stdout)',
  });

  file = Option.String({ required: false, name: 'FILE' });
  force = Option.Boolean('--force', false, { description: 'replace a file that is there' });

  override async execute(): Promise<number> {
    initialise(this.context, this.file, this.force);
    return EXIT_CODES.ok;
  }
}

/** @throws ConfigError when the file is there and `force` is not given, or cannot be written */
export function initialise(context: CliContext, file: string | undefined, force: boolean): void {
  if (file === '-') {
    context.stdout.write(sampleConfig());
    return;
  }
  const path = resolve(context.cwd, file ?? '.backuprc');
  writeSampleConfig(path, { force });
  const where = file === undefined ? '' : ` --config ${file}`;
  context.stdout.write(`Wrote ${path} (mode 0600). Edit it, then check it with: s3-backup status${where}\n`);
}
