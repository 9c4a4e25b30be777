import { S3Error } from './errors.ts';
import { bucketOf, type Exchange, keyOf } from './exchange.ts';
import type { ObjectVersion } from './model.ts';
import { receiveDocument } from './receive.ts';
import type { Reply } from './reply.ts';
import { requireVersion } from './versions.ts';
import { parseXml, textOf } from './xml-read.ts';

const ARCHIVE_CLASSES: ReadonlySet<string> = new Set(['GLACIER', 'DEEP_ARCHIVE']);

/** Makes sure that an object can be read. @throws {S3Error} InvalidObjectState for an archived object without a restored copy. */
export function requireReadable({ storageClass, isBack }: ObjectVersion): void {
  if (!ARCHIVE_CLASSES.has(storageClass) || isBack) return;
  throw new S3Error('InvalidObjectState', undefined, { elements: { StorageClass: storageClass } });
}

/** RestoreObject. The copy is available at once and permanently; S3 takes hours and keeps it for `Days`. */
export async function restoreObject(exchange: Exchange): Promise<Reply> {
  const bucket = bucketOf(exchange);
  const version = requireVersion(bucket, keyOf(exchange), exchange.request.query.get('versionId'));
  const days = textOf(parseXml(await receiveDocument(exchange), 'RestoreRequest'), 'Days');
  if (!ARCHIVE_CLASSES.has(version.storageClass)) {
    throw new S3Error('InvalidObjectState', 'Restore is not allowed for the storage class of this object.');
  }
  if (!/^[1-9]\d*$/.test(days ?? '')) throw new S3Error('MalformedXML');
  if (version.isBack) return { status: 200 };
  bucket.commit({ type: 'amend', version: { ...version, isBack: true } });
  return { status: 202 };
}
