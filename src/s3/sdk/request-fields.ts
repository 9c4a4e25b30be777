import { CHECKSUM_ALGORITHMS, type ChecksumAlgorithm, type Checksums } from '../../digest/checksum.ts';
import type { WriteCondition } from '../store-types.ts';

/** Name of the field with a checksum in the SDK's inputs and outputs: `ChecksumCRC32`. */
type ChecksumField = `Checksum${Uppercase<ChecksumAlgorithm>}`;
type ChecksumFields = { readonly [F in ChecksumField]?: string | undefined };

function nameOf(algorithm: ChecksumAlgorithm): ChecksumField {
  return `Checksum${algorithm.toUpperCase() as Uppercase<ChecksumAlgorithm>}`;
}

/** The field with a checksum; no field if there is none. */
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

/** The request fields of a condition on the key. */
export function conditionFields({ ifAbsent, ifMatch }: WriteCondition) {
  return {
    ...(ifAbsent && { IfNoneMatch: '*' }),
    ...(ifMatch !== undefined && { IfMatch: `"${ifMatch}"` }),
  };
}
