import type { Bucket } from './bucket.ts';
import { requireWriteConditions } from './conditions.ts';
import { hasBodyDigest } from './digests.ts';
import { S3Error } from './errors.ts';
import { bucketOf, type Exchange, keyOf } from './exchange.ts';
import type { ObjectVersion } from './model.ts';
import { bypassesGovernance, requireUnlocked } from './object-lock.ts';
import { receiveDocument } from './receive.ts';
import { asS3Error, type Reply, xmlReply } from './reply.ts';
import { NULL_VERSION, newVersionId } from './versions.ts';
import { childrenOf, parseXml, textOf } from './xml-read.ts';
import { document, group, text } from './xml-write.ts';

/** S3's limit for the number of keys in one DeleteObjects request. */
const KEYS_LIMIT = 1000;

/** Result of a deletion. */
interface Deletion {
  /** Whether a delete marker was written or deleted. */
  readonly deleteMarker: boolean;
  /** Id of the written marker or of the deleted version; undefined without versioning. */
  readonly versionId: string | undefined;
}

function deleteMarker(key: string, versionId: string): ObjectVersion {
  return {
    key,
    versionId,
    deleteMarker: true,
    modified: Date.now(),
    etag: '',
    size: 0,
    parts: [],
    headers: {},
    metadata: {},
    tags: [],
    storageClass: 'STANDARD',
    encryption: { algorithm: 'AES256' },
    lock: {},
  };
}

function deleteCurrent(bucket: Bucket, key: string): Deletion {
  if (bucket.settings.versioning === undefined) {
    if (bucket.current(key) !== undefined) bucket.commit({ type: 'delete', key, versionId: NULL_VERSION });
    return { deleteMarker: false, versionId: undefined };
  }
  const versionId = newVersionId(bucket.settings);
  bucket.commit({ type: 'put', version: deleteMarker(key, versionId) });
  return { deleteMarker: true, versionId };
}

function deleteVersion(bucket: Bucket, key: string, versionId: string, bypassGovernance: boolean): Deletion {
  const version = bucket.index.versionsOf(key).find((candidate) => candidate.versionId === versionId);
  if (version === undefined) return { deleteMarker: false, versionId };
  requireUnlocked(version, bypassGovernance);
  bucket.commit({ type: 'delete', key, versionId });
  return { deleteMarker: version.deleteMarker, versionId };
}

/** DeleteObject. Deleting an object that does not exist succeeds. */
export function deleteObject(exchange: Exchange): Reply {
  const { request } = exchange;
  const bucket = bucketOf(exchange);
  const key = keyOf(exchange);
  const versionId = request.query.get('versionId');
  if (request.header('if-match') !== undefined) requireWriteConditions(request, bucket.current(key));
  if (exchange.storageFault === 'vanish') return { status: 204 };
  const deletion =
    versionId === undefined
      ? deleteCurrent(bucket, key)
      : deleteVersion(bucket, key, versionId, bypassesGovernance(request));
  const headers = {
    'x-amz-version-id': deletion.versionId,
    'x-amz-delete-marker': deletion.deleteMarker ? 'true' : undefined,
  };
  return { status: 204, headers };
}

interface Target {
  readonly key: string;
  readonly versionId: string | undefined;
}

function parseDelete(source: string): { readonly targets: readonly Target[]; readonly quiet: boolean } {
  const root = parseXml(source, 'Delete');
  const targets = childrenOf(root, 'Object').map((object) => {
    const key = textOf(object, 'Key');
    if (key === undefined || key === '') throw new S3Error('MalformedXML');
    return { key, versionId: textOf(object, 'VersionId') };
  });
  if (targets.length === 0 || targets.length > KEYS_LIMIT) throw new S3Error('MalformedXML');
  return { targets, quiet: textOf(root, 'Quiet') === 'true' };
}

function deleteTarget(
  { request, storageFault }: Exchange,
  bucket: Bucket,
  { key, versionId }: Target,
  quiet: boolean,
) {
  const named = [text('Key', key), text('VersionId', versionId)];
  if (storageFault === 'vanish') return group('Deleted', ...named);
  try {
    const deletion =
      versionId === undefined
        ? deleteCurrent(bucket, key)
        : deleteVersion(bucket, key, versionId, bypassesGovernance(request));
    const marker = deletion.deleteMarker
      ? [text('DeleteMarker', true), text('DeleteMarkerVersionId', deletion.versionId)]
      : [];
    return quiet ? '' : group('Deleted', ...named, ...marker);
  } catch (error) {
    const { code, message } = asS3Error(error);
    return group('Error', ...named, text('Code', code), text('Message', message));
  }
}

/** DeleteObjects. */
export async function deleteObjects(exchange: Exchange): Promise<Reply> {
  const bucket = bucketOf(exchange);
  if (!hasBodyDigest(exchange.request)) {
    throw new S3Error('InvalidRequest', 'Missing required header for this request: Content-MD5');
  }
  const { targets, quiet } = parseDelete(await receiveDocument(exchange));
  return xmlReply(
    document('DeleteResult', ...targets.map((target) => deleteTarget(exchange, bucket, target, quiet))),
  );
}
