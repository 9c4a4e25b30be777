import type { ChecksumAlgorithm } from '../digest/checksum.ts';
import { PartsDigest } from '../digest/parts-digest.ts';
import type { SourceContent } from '../source/content.ts';

/**
 * Reads a file and computes the ETag that S3 makes of it as a multipart upload; its MD5 is known then, too, and
 * this checksum, where one is named.
 */
export async function readPartsEtag(
  content: SourceContent,
  partSize: number,
  algorithm?: ChecksumAlgorithm,
): Promise<string> {
  const digest = new PartsDigest(partSize, algorithm);
  for await (const chunk of content.chunks()) digest.update(chunk);
  if (algorithm) content.checksums[algorithm] = digest.checksum();
  return digest.etag();
}
