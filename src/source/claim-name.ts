import { CLAIM_PREFIX, isClaimName } from '../core/reserved-names.ts';

/** Most file systems take no name of more bytes. */
const MAX_NAME_BYTES = 255;

/** Who made a claim, as its name tells. */
export interface ClaimMaker {
  /** The machine, its boot and the process namespace, as 12 hex digits of a digest: process ids mean something there only. */
  readonly place: string;
  readonly pid: number;
  /** When the process started, in clock ticks since the boot; 0 where the system does not tell. */
  readonly start: number;
  /** 8 hex digits that tell two copies of this program in one process apart. */
  readonly instance: string;
}

export interface ClaimName {
  readonly maker: ClaimMaker;
  /** The file's own name, for a claim in the file's own folder; undefined for a claim folder. */
  readonly fileName: string | undefined;
}

const FORM = /^([0-9a-f]{12})-(\d{1,10})-(\d{1,15})-([0-9a-f]{8})([0-9a-f]{16})(?:-of-(.+))?$/s;

/** What the name of a claim says; undefined for a name of any other form. */
export function parseClaimName(name: string): ClaimName | undefined {
  const found = isClaimName(name) ? FORM.exec(name.slice(CLAIM_PREFIX.length)) : null;
  if (found === null) return undefined;
  const [, place = '', pid, start, instance = '', , fileName] = found;
  return { maker: { place, pid: Number(pid), start: Number(start), instance }, fileName };
}

/** @param unique 16 hex digits. */
export function claimFolderName({ place, pid, start, instance }: ClaimMaker, unique: string): string {
  return `${CLAIM_PREFIX}${place}-${pid}-${start}-${instance}${unique}`;
}

/**
 * The name of a claim in the file's own folder, which says what the file is called.
 *
 * @returns undefined where that is longer than names may be (255 bytes)
 */
export function claimFileName(maker: ClaimMaker, unique: string, fileName: string): string | undefined {
  const name = `${claimFolderName(maker, unique)}-of-${fileName}`;
  return Buffer.byteLength(name) > MAX_NAME_BYTES ? undefined : name;
}
