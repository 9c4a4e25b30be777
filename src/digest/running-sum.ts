import { createHash } from 'node:crypto';

/** A checksum under way. */
export interface RunningSum {
  update(bytes: Uint8Array): void;
  /** The value in network byte order, as S3 encodes it in base64. */
  digest(): Buffer;
}

/** @param name As node:crypto knows it: `sha256`. */
export function startHash(name: string): RunningSum {
  const hash = createHash(name);
  return {
    update(bytes) {
      hash.update(bytes);
    },
    digest: () => hash.digest(),
  };
}
