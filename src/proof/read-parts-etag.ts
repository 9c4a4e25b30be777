import type { ChecksumAlgorithm } from '../digest/checksum.ts';
import { PartsDigest } from '../digest/parts-digest.ts';
import type { SourceContent } from '../source/content.ts';

/**
 * Reads a file and computes the ETag that S3 gives it as a multipart upload. Afterwards `content` also knows its MD5 and, if an
 * algorithm is named, its composite checksum.
 *
 * @param partSize In bytes.
 * @throws SourceError if the file changes or cannot be read
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
