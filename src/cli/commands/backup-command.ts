import { settingFlag } from './setting-flag.ts';
import { SourceCommand } from './source-command.ts';

/** The flags that decide what becomes of which file: those of a run, of the plan that divides it, and of what finishes the plan. */
export abstract class BackupCommand extends SourceCommand {
  storageClass = settingFlag('s3.storage_class');
  delete = settingFlag('backup.delete_after_upload');
  include = settingFlag('backup.include_patterns');
  exclude = settingFlag('backup.exclude_patterns');
  includeFrom = settingFlag('backup.include_from');
  excludeFrom = settingFlag('backup.exclude_from');
  minSize = settingFlag('backup.min_size');
  maxSize = settingFlag('backup.max_size');
  minAge = settingFlag('backup.min_age');
  maxAge = settingFlag('backup.max_age');
  compare = settingFlag('backup.compare');
  overwrite = settingFlag('safety.overwrite');
  verify = settingFlag('safety.verify');
}
