import { Command } from 'clipanion';
import { BackupError } from '../../core/errors.ts';
import { EXIT_CODES } from '../../core/exit-codes.ts';
import type { FlagValues } from '../config/index.ts';
import { initialise } from './init.ts';
import { Option } from './option.ts';
import { SourceCommand } from './source-command.ts';

/** `s3-backup [run]` */
export class RunCommand extends SourceCommand {
  static override paths = [Command.Default, ['run']];

  static override usage = Command.Usage({
    description: 'Back a folder up to S3; with deletion on, move it',
  });

  dryRun = Option.Boolean('--dry-run,-d,-n', false, { description: 'only say what would be done' });
  delete = Option.Boolean('--delete-after-upload', {
    description: 'delete a file here once S3 has proved that it holds it',
  });
  include = Option.Array('--include', { description: 'only files that match this pattern; repeatable' });
  exclude = Option.Array('--exclude', { description: 'no files that match this pattern; repeatable' });
  includeFrom = Option.Array('--include-from', {
    description: 'only files that the rules in FILE match, written as .gitignore; repeatable',
  });
  excludeFrom = Option.Array('--exclude-from', {
    description: 'no files that the rules in FILE match, written as .gitignore; repeatable',
  });
  minSize = Option.String('--min-size', { description: 'only files of at least this size: 100K, 8M, 1G' });
  maxSize = Option.String('--max-size', { description: 'only files of at most this size' });
  minAge = Option.String('--min-age', {
    description: 'only files last changed at least this long ago: 90s, 15m, 12h, 7d',
  });
  maxAge = Option.String('--max-age', { description: 'only files last changed at most this long ago' });
  compare = Option.String('--compare', {
    description: 'how an unchanged file is recognised: auto, size-mtime, checksum',
  });
  overwrite = Option.String('--overwrite', {
    description: 'objects with other content: always, if-different, never',
  });
  verify = Option.String('--verify', { description: 'how the proof is read: auto, head, download' });
  failIfEmpty = Option.Boolean('--fail-if-empty', { description: 'fail if there is nothing to back up' });
  maxDelete = Option.String('--max-delete', {
    description: 'do nothing if a move would delete more files: 1000, 10%',
  });
  wait = Option.String('--wait', { description: 'how long to wait for another run to end; default 0s' });
  filesFrom = Option.String('--files-from', {
    description: 'take the files that a list names, relative to the source; - is stdin',
  });
  null = Option.Boolean('--null,-0', false, { description: 'the list is NUL-separated' });
  concurrency = Option.String('--concurrency', { description: 'files under way at the same time' });
  bwlimit = Option.String('--bwlimit', {
    description: 'most bytes a second: 10M, or 08:00=10M 19:00=off; SIGHUP reads it again',
  });
  processes = Option.String('--processes', { description: 'processes that the work is spread over' });
  maxOutage = Option.String('--max-outage', {
    description: 'how long to wait for an endpoint that is away; default 15m',
  });
  outputJson = Option.String('--output-json', { description: 'write the report as JSON; - is stdout' });
  md5sums = Option.String('--md5sums', { description: 'write the MD5s of what is in S3 for md5sum -c' });
  manifest = Option.Boolean('--manifest', {
    description: 'store a record of the run (a manifest) beside the files',
  });
  logFile = Option.String('--log-file', { description: 'log to this file, too' });
  logLevel = Option.String('--log-level', { description: 'DEBUG, INFO, WARNING, ERROR or CRITICAL' });
  verbose = Option.Boolean('--verbose,-v', false, { description: 'say everything on stderr' });
  quiet = Option.Boolean('--quiet,-q', false, { description: 'say nothing but errors' });
  status = Option.Boolean('--status,-s', false, { description: 'the same as the command status' });
  createConfig = Option.Boolean('--create-config', false, { description: 'the same as the command init' });

  protected override flags(): FlagValues {
    return {
      ...super.flags(),
      'backup.delete_after_upload': { value: this.delete, flag: '--delete-after-upload' },
      'backup.include_patterns': { value: this.include, flag: '--include' },
      'backup.exclude_patterns': { value: this.exclude, flag: '--exclude' },
      'backup.include_from': { value: this.includeFrom, flag: '--include-from' },
      'backup.exclude_from': { value: this.excludeFrom, flag: '--exclude-from' },
      'backup.min_size': { value: this.minSize, flag: '--min-size' },
      'backup.max_size': { value: this.maxSize, flag: '--max-size' },
      'backup.max_age': { value: this.maxAge, flag: '--max-age' },
      'backup.min_age': { value: this.minAge, flag: '--min-age' },
      'backup.compare': { value: this.compare, flag: '--compare' },
      'safety.overwrite': { value: this.overwrite, flag: '--overwrite' },
      'safety.verify': { value: this.verify, flag: '--verify' },
      'safety.fail_if_empty': { value: this.failIfEmpty, flag: '--fail-if-empty' },
      'safety.max_delete': { value: this.maxDelete, flag: '--max-delete' },
      'safety.wait': { value: this.wait, flag: '--wait' },
      'transfer.concurrency': { value: this.concurrency, flag: '--concurrency' },
      'transfer.bwlimit': { value: this.bwlimit, flag: '--bwlimit' },
      'transfer.processes': { value: this.processes, flag: '--processes' },
      'transfer.max_outage': { value: this.maxOutage, flag: '--max-outage' },
      'report.output_json': { value: this.outputJson, flag: '--output-json' },
      'report.md5sums': { value: this.md5sums, flag: '--md5sums' },
      'report.manifest': { value: this.manifest, flag: '--manifest' },
      'logging.log_file': { value: this.logFile, flag: '--log-file' },
      'logging.level': { value: this.logLevel, flag: '--log-level' },
    };
  }

  override async execute(): Promise<number> {
    if (this.createConfig) {
      initialise(this.context, this.config, false);
      return EXIT_CODES.ok;
    }
    if (this.null && this.filesFrom === undefined) {
      throw new BackupError('BAD_OPTION', '--null is about a list, and no --files-from names one.');
    }
    const config = this.load();
    // Not before it is needed: the SDK takes 0.2 s to load.
    if (this.status) return (await import('../actions/status.ts')).showStatus(this.context, config, true);
    const { runFromSettings } = await import('../actions/run.ts');
    return runFromSettings(this.context, config, this);
  }
}
