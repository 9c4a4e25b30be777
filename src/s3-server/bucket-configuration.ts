import { type ErrorCode, S3Error } from './errors.ts';
import { bucketOf, type Exchange, type Handler } from './exchange.ts';
import { receiveDocument } from './receive.ts';
import { NO_CONTENT, type Reply, xmlReply } from './reply.ts';
import { parseXml, textOf } from './xml-read.ts';
import { document, group, text } from './xml-write.ts';

/** A kind of configuration document that is stored and returned unchanged. */
interface StoredDocument {
  readonly subresource: string;
  /** Root element of the document; undefined for JSON. */
  readonly root: string | undefined;
  /** Error code if the bucket has no such document. */
  readonly missing: ErrorCode;
}

function requireWellFormed(source: string, root: string | undefined): void {
  if (root !== undefined) {
    parseXml(source, root);
    return;
  }
  try {
    JSON.parse(source);
  } catch {
    throw new S3Error('MalformedPolicy');
  }
}

function setDocument(exchange: Exchange, subresource: string, source: string | undefined): void {
  const bucket = bucketOf(exchange);
  const { [subresource]: _replaced, ...others } = bucket.settings.documents;
  bucket.configure({ documents: source === undefined ? others : { ...others, [subresource]: source } });
}

/** Makes the Get, Put and Delete operations of one kind of configuration document. Most documents have no effect here. */
export function storedDocument({ subresource, root, missing }: StoredDocument): {
  readonly get: Handler;
  readonly put: Handler;
  readonly remove: Handler;
} {
  return {
    get(exchange) {
      const source = bucketOf(exchange).settings.documents[subresource];
      if (source === undefined)
        throw new S3Error(missing, undefined, { elements: { BucketName: exchange.request.bucket ?? '' } });
      return {
        ...xmlReply(source),
        headers: { 'content-type': root === undefined ? 'application/json' : 'application/xml' },
      };
    },
    async put(exchange) {
      bucketOf(exchange);
      const source = await receiveDocument(exchange);
      requireWellFormed(source, root);
      setDocument(exchange, subresource, source);
      return root === undefined ? NO_CONTENT : { status: 200 };
    },
    remove(exchange) {
      setDocument(exchange, subresource, undefined);
      return NO_CONTENT;
    },
  };
}

/** GetBucketVersioning. */
export function getBucketVersioning(exchange: Exchange): Reply {
  return xmlReply(
    document('VersioningConfiguration', text('Status', bucketOf(exchange).settings.versioning)),
  );
}

/** PutBucketVersioning. */
export async function putBucketVersioning(exchange: Exchange): Promise<Reply> {
  bucketOf(exchange);
  const status = textOf(parseXml(await receiveDocument(exchange), 'VersioningConfiguration'), 'Status');
  if (status !== 'Enabled' && status !== 'Suspended') throw new S3Error('MalformedXML');
  const bucket = bucketOf(exchange);
  if (status === 'Suspended' && bucket.settings.objectLock) {
    throw new S3Error('InvalidBucketState', 'Versioning cannot be suspended on a bucket with Object Lock.');
  }
  bucket.configure({ versioning: status });
  return { status: 200 };
}

/** GetObjectLockConfiguration. */
export function getObjectLockConfiguration(exchange: Exchange): Reply {
  const { objectLock, documents } = bucketOf(exchange).settings;
  if (!objectLock) throw new S3Error('ObjectLockConfigurationNotFoundError');
  const bare = document('ObjectLockConfiguration', text('ObjectLockEnabled', 'Enabled'));
  return xmlReply(documents['object-lock'] ?? bare);
}

/** PutObjectLockConfiguration. Also enables Object Lock, which requires versioning. */
export async function putObjectLockConfiguration(exchange: Exchange): Promise<Reply> {
  bucketOf(exchange);
  const source = await receiveDocument(exchange);
  const root = parseXml(source, 'ObjectLockConfiguration');
  if (textOf(root, 'ObjectLockEnabled') !== 'Enabled') throw new S3Error('MalformedXML');
  const bucket = bucketOf(exchange);
  if (bucket.settings.versioning !== 'Enabled') {
    throw new S3Error(
      'InvalidBucketState',
      "Versioning must be 'Enabled' on the bucket to apply an Object Lock configuration",
    );
  }
  setDocument(exchange, 'object-lock', source);
  bucket.configure({ objectLock: true });
  return { status: 200 };
}

const DEFAULT_ENCRYPTION = document(
  'ServerSideEncryptionConfiguration',
  group('Rule', group('ApplyServerSideEncryptionByDefault', text('SSEAlgorithm', 'AES256'))),
);

/** GetBucketEncryption. A bucket without a document has S3's default, AES256. */
export function getBucketEncryption(exchange: Exchange): Reply {
  return xmlReply(bucketOf(exchange).settings.documents.encryption ?? DEFAULT_ENCRYPTION);
}
