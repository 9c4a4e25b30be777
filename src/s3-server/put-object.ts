import { requireWriteConditions } from './conditions.ts';
import type { BodyDigests } from './digests.ts';
import { encryptionHeaders } from './encryption.ts';
import { etagOfBody, quoted } from './etag.ts';
import { bucketOf, type Exchange, keyOf } from './exchange.ts';
import type { StoredChecksum } from './model.ts';
import { checksumHeaders } from './object-headers.ts';
import { readProperties } from './object-properties.ts';
import type { Reply } from './reply.ts';
import { newVersionId, versionHeader } from './versions.ts';
import { receiveBlob, storeVersion } from './write-object.ts';

function sentChecksum({ sent, checksums }: BodyDigests): StoredChecksum | undefined {
  const value = sent && checksums.get(sent);
  return sent === undefined || value === undefined
    ? undefined
    : { algorithm: sent, value, type: 'FULL_OBJECT' };
}

/** PutObject. */
export async function putObject(exchange: Exchange): Promise<Reply> {
  const bucket = bucketOf(exchange);
  const key = keyOf(exchange);
  const properties = readProperties(exchange.request, bucket, { needsDigest: true });
  // Checked here, too, so that a client that waits for `100 Continue` does not send the body in vain.
  requireWriteConditions(exchange.request, bucket.current(key));
  const { blob, digests } = await receiveBlob(exchange, bucket);
  const etag = etagOfBody(digests.md5, properties.encryption, bucket);
  const modified = Date.now();
  const checksum = sentChecksum(digests);
  try {
    const stored = await storeVersion(exchange, bucket, {
      ...properties,
      key,
      versionId: newVersionId(bucket.settings),
      deleteMarker: false,
      modified,
      etag,
      size: digests.size,
      parts: [{ number: 1, blob, size: digests.size, etag, checksums: {}, modified }],
      checksum,
    });
    return {
      status: 200,
      headers: {
        etag: quoted(stored.etag),
        ...checksumHeaders(checksum),
        ...encryptionHeaders(stored.encryption),
        ...versionHeader(bucket.settings, stored.versionId),
      },
    };
  } catch (error) {
    bucket.blobs.remove([blob]);
    throw error;
  }
}
