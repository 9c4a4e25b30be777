import type { ChecksumAlgorithm } from '../digest/checksum.ts';
import type { PartLayout } from '../digest/part-layout.ts';
import { PartsDigest } from '../digest/parts-digest.ts';
import type { SourceContent } from '../source/content.ts';

/**
 * Reads a file and computes the ETag that S3 gives it as a multipart upload. Afterwards `content` also knows its MD5 and, if an
 * algorithm is named, its composite checksum.
 *
 * @param layout Sizes of the parts.
 * @throws SourceError if the file changes or cannot be read
 */
export async function readPartsEtag(
  content: SourceContent,
  layout: PartLayout,
  algorithm?: ChecksumAlgorithm,
): Promise<string> {
  const digest = new PartsDigest(layout, algorithm);
  for await (const chunk of content.chunks()) digest.update(chunk);
  if (algorithm) content.checksums[algorithm] = digest.checksum();
  return digest.etag();
}
