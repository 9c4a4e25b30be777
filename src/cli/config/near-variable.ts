import leven from 'leven';
import { sectionNames, settings } from './schema/setting-keys.ts';

/** Variables of this program that begin with something else than `backup_`. */
const OWN_NAMES = ['S3_BUCKET_NAME', 'S3_BACKUP_SSE_CUSTOMER_KEY'] as const;

/** `backup_s3__prefix` → `backups3prefix` */
function squashed(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '');
}

const PREFIXED = [...settings.values()].map(({ section, name }) => `backup_${section}__${name}`);
const BY_SQUASHED: ReadonlyMap<string, string> = new Map(
  [...PREFIXED, ...OWN_NAMES].map((name) => [squashed(name), name]),
);
const BY_SECTION = sectionNames.map((section) => ({
  beginning: `backup${section}`,
  names: PREFIXED.filter((name) => name.startsWith(`backup_${section}__`)),
}));

/** Longer names are no slip of the keyboard. */
const LONGEST = 60;

/**
 * The variable that was probably meant by a name that nothing reads: one with other signs or another case
 * (`backup_safety_require_proof`, `s3_bucket_name`), or with two letters wrong behind the right section. Names of other
 * programs (`BACKUP_DIR`, `BACKUP_S3_BUCKET`) are further away.
 *
 * @param name any name, but for those that are read
 */
export function nearVariable(name: string): string | undefined {
  if (name.length > LONGEST) return undefined;
  const plain = squashed(name);
  const same = BY_SQUASHED.get(plain);
  if (same !== undefined) return same;
  const section = BY_SECTION.find(({ beginning }) => plain.startsWith(beginning));
  const isNear = (candidate: string) => {
    const longer = squashed(candidate);
    return leven(plain, longer) <= (longer.length < 16 ? 1 : 2);
  };
  return section?.names.find(isNear);
}
