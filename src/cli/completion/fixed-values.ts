import { STORAGE_CLASSES } from '../../s3/storage-classes.ts';
import { ENGINE_NAMES } from '../commands/plan.ts';
import { ARCHIVE_TIERS } from '../commands/restore.ts';
import { LEVELS } from '../config/schema/schema-logging.ts';
import type { Setting } from '../config/schema/setting-keys.ts';
import type { OptionText } from '../output/option-groups.ts';
import { STORE_KINDS } from '../wizard/store-kinds.ts';
import type { Candidate } from './candidate.ts';
import { SHELLS } from './shells.ts';

/** Values by option or positional, if they come from no list of the schema. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  '[ACTION]': ['status'],
  '[SHELL]': SHELLS,
  '--against': ['bucket'],
  '--archive-tier': ARCHIVE_TIERS,
  '--by': ['walk', 'folders', 'run:latest'],
  '--log-level': LEVELS,
  '--print': ENGINE_NAMES,
  '--run': ['latest'],
  '--every': ['02:15', 'hourly', '6h'],
  '--store': STORE_KINDS.map(({ id }) => id),
  '--storage-class': STORAGE_CLASSES,
  '--with': ['systemd', 'cron', 'launchd'],
};

/** The values of an option or a positional that are known without asking anybody. */
export function fixedValues(name: string): Candidate[] {
  return (VALUES[name] ?? []).map((value) => ({ value }));
}

/** The values of an option that this machine knows. */
export async function optionValues(
  { names: [name = ''], setting }: OptionText,
  env: NodeJS.ProcessEnv,
): Promise<Candidate[]> {
  if (name === '--profile') {
    const { profileNames } = await import('../config/aws-profiles.ts');
    return profileNames(env).map((value) => ({ value }));
  }
  return [...fixedValues(name), ...choicesOf(setting).map((value) => ({ value }))];
}

/** The choices of a setting that takes one of a list (`v.optional(v.picklist([...]))`); none for any other setting. */
function choicesOf(setting: Setting | undefined): readonly string[] {
  const { wrapped } = (setting?.schema ?? {}) as {
    readonly wrapped?: { readonly options?: readonly string[] };
  };
  return wrapped?.options ?? [];
}
