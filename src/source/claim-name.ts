import { CLAIM_PREFIX, isClaimName } from '../core/reserved-names.ts';
import type { ShardId } from '../core/shard.ts';

/** Longest name on most file systems, in bytes. */
const MAX_NAME_BYTES = 255;

/** The maker of a claim, as the claim's name describes it. */
export interface ClaimMaker {
  /** Machine, boot and process namespace, as 12 hex digits of a digest. A process ID is valid only within these. */
  readonly place: string;
  readonly pid: number;
  /** Start time of the process in clock ticks since the boot; 0 if the system does not report it. */
  readonly start: number;
  /** Identifies one copy of this program if a process has several: 8 hex digits. */
  readonly instance: string;
}

export interface ClaimName {
  readonly maker: ClaimMaker;
  /** Shard whose work the maker did; undefined for a run on no shard. */
  readonly shard: ShardId | undefined;
  /** Name of the file, for a claim beside the file; undefined for a claim folder. */
  readonly fileName: string | undefined;
}

const MAKER = /([0-9a-f]{12})-(\d{1,10})-(\d{1,15})-([0-9a-f]{8})/.source;
const UNIQUE = /[0-9a-f]{16}/.source;
const SHARD = /-for-(\d{8}T\d{6}Z-[0-9a-f]{8})-(\d{1,4})/.source;
const FORM = new RegExp(`^${MAKER}${UNIQUE}(?:${SHARD})?(?:-of-(.+))?$`, 's');

/** Reads the name of a claim; undefined for a name of any other form. */
export function parseClaimName(name: string): ClaimName | undefined {
  const found = isClaimName(name) ? FORM.exec(name.slice(CLAIM_PREFIX.length)) : null;
  if (found === null) return undefined;
  const [, place = '', pid, start, instance = '', plan, index, fileName] = found;
  const shard = plan === undefined ? undefined : { plan, index: Number(index) };
  return { maker: { place, pid: Number(pid), start: Number(start), instance }, shard, fileName };
}

/**
 * Makes the name of a claim folder.
 *
 * @param unique 16 hex digits.
 * @param shard Shard whose work the maker does. Default: none.
 */
export function claimFolderName(
  { place, pid, start, instance }: ClaimMaker,
  unique: string,
  shard?: ShardId,
): string {
  const end = shard === undefined ? '' : `-for-${shard.plan}-${shard.index}`;
  return `${CLAIM_PREFIX}${place}-${pid}-${start}-${instance}${unique}${end}`;
}

/**
 * Makes the name of a claim beside the file; it contains the file's own name.
 *
 * @param folderName What a claim folder would be called.
 * @returns undefined if it would exceed 255 bytes
 */
export function claimFileName(folderName: string, fileName: string): string | undefined {
  const name = `${folderName}-of-${fileName}`;
  return Buffer.byteLength(name) > MAX_NAME_BYTES ? undefined : name;
}
