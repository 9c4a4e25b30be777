import type { ChecksumAlgorithm, Checksums } from '../../digest/checksum.ts';
import { CHECKSUM_ALGORITHMS } from '../../digest/checksum.ts';
import type { WriteCondition } from '../store-types.ts';

/** What carries a checksum in the SDK's inputs and outputs: `ChecksumCRC32`. */
type ChecksumField = `Checksum${Uppercase<ChecksumAlgorithm>}`;
type ChecksumFields = { readonly [F in ChecksumField]?: string | undefined };

function nameOf(algorithm: ChecksumAlgorithm): ChecksumField {
  return `Checksum${algorithm.toUpperCase() as Uppercase<ChecksumAlgorithm>}`;
}

/** Nothing where there is no checksum. */
export function checksumField(
  algorithm: ChecksumAlgorithm | undefined,
  value: string | undefined,
): { [F in ChecksumField]?: string } {
  return algorithm && value !== undefined ? { [nameOf(algorithm)]: value } : {};
}

export function checksumsIn(output: ChecksumFields): Checksums {
  const checksums: Checksums = {};
  for (const algorithm of CHECKSUM_ALGORITHMS) {
    const value = output[nameOf(algorithm)];
    if (value !== undefined) checksums[algorithm] = value;
  }
  return checksums;
}

/** The request fields of what a write must find under its key. */
export function conditionFields({ ifAbsent, ifMatch }: WriteCondition) {
  return {
    ...(ifAbsent && { IfNoneMatch: '*' }),
    ...(ifMatch !== undefined && { IfMatch: `"${ifMatch}"` }),
  };
}
