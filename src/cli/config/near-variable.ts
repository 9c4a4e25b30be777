import leven from 'leven';
import { sectionNames, settings } from './schema/setting-keys.ts';

/** Variables of this program whose names do not begin with `backup_`. */
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

/** Longest name that can be a misspelling. */
const LONGEST = 60;

/**
 * Guesses which variable an unknown name misspells: the same letters with other punctuation or case
 * (`backup_safety_require_proof`, `s3_bucket_name`), or up to two wrong letters behind the right section. Names of other
 * programs (`BACKUP_DIR`, `BACKUP_S3_BUCKET`) differ more.
 *
 * @param name A name that this program does not read.
 * @returns undefined if no variable is near
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
