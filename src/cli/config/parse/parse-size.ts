import { FormError } from './form-error.ts';

const UNITS = ['K', 'M', 'G', 'T'];
/** The allowed forms. `MB` is not among them: half of the world reads it as 1,000,000, and half as 1,048,576. */
const FORM =
  'a size: whole bytes, or a whole number with K, M, G, T, KiB, MiB, GiB or TiB (8388608, 8M, 8MiB)';

/**
 * Reads a size such as `8388608`, `8M` or `8MiB`. Units are powers of 1,024, in any case.
 *
 * @returns bytes
 * @throws FormError that names the allowed forms
 */
export function parseSize(value: string | number): number {
  const match = /^(\d{1,16})\s*(?:([KMGT])(?:iB)?)?$/i.exec(String(value).trim());
  if (match === null) throw new FormError(FORM);
  const exponent = UNITS.indexOf((match[2] ?? '').toUpperCase()) + 1;
  const bytes = Number(match[1]) * 1024 ** exponent;
  if (!Number.isSafeInteger(bytes)) throw new FormError(FORM);
  return bytes;
}

/** Formats a size in bytes as the shortest exact text that {@link parseSize} reads: `8MiB`, `1000`. */
export function formatSize(bytes: number): string {
  let value = bytes;
  let exponent = 0;
  while (value > 0 && value % 1024 === 0 && exponent < UNITS.length) {
    value /= 1024;
    exponent += 1;
  }
  return exponent === 0 ? String(bytes) : `${value}${UNITS[exponent - 1]}iB`;
}
