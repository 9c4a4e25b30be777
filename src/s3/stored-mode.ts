/** Kind of a stored entry. */
export type EntryKind = 'file' | 'link' | 'folder';

/** Bits of a mode that hold the kind of an entry, and their value for each kind. */
const TYPE = 0o170000;
const TYPES: Readonly<Record<EntryKind, number>> = { file: 0o100000, link: 0o120000, folder: 0o040000 };

const OCTAL = /^[0-7]{1,7}$/;
const DECIMAL = /^\d{1,5}$/;

/**
 * Reads the `mode` of an object's metadata. This program, rclone and mountpoint-s3 write it in octal, s3fs in decimal;
 * an octal number is read as a decimal one if its type bits are neither zero nor those of the entry's kind.
 *
 * @returns permission and special bits, at most 07777; undefined if neither reading is a mode of this kind of entry
 */
export function storedMode(text: string, kind: EntryKind): number | undefined {
  const readings = [
    OCTAL.test(text) ? Number.parseInt(text, 8) : undefined,
    DECIMAL.test(text) ? Number.parseInt(text, 10) : undefined,
  ];
  const mode = readings.find((number) => number !== undefined && isModeOf(number, kind));
  return mode === undefined ? undefined : mode & ~TYPE;
}

function isModeOf(number: number, kind: EntryKind): boolean {
  const type = number & TYPE;
  return number <= 0o177777 && (type === 0 || type === TYPES[kind]);
}
