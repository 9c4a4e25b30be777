import { isDirectoryBucket } from './directory-bucket-name.ts';
import { S3Error } from './errors.ts';
import { bucketOf, type Exchange } from './exchange.ts';
import { type Reply, xmlReply } from './reply.ts';
import type { S3Request } from './request.ts';
import { document, group, isoTime, text } from './xml-write.ts';

/*
 * Directory buckets (S3 Express One Zone): sessions, and the requests that they refuse
 * (https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-express-differences.html). Here they list keys in order, which real
 * ones do not promise.
 */

const SESSION_TOKEN = 's3-backup-session';
const SESSION_MS = 5 * 60_000;
const UNKNOWN_HEADER =
  /^(content-md5|x-amz-(acl|tagging|request-payer|object-lock-.*|server-side-encryption-customer-.*))$/;

/** CreateSession. Returns the caller's own key pair and a fixed token. */
export function createSession(exchange: Exchange): Reply {
  bucketOf(exchange);
  const { accessKeyId, secretAccessKey } = exchange.signed.credentials;
  return xmlReply(
    document(
      'CreateSessionResult',
      group(
        'Credentials',
        text('SessionToken', SESSION_TOKEN),
        text('SecretAccessKey', secretAccessKey),
        text('AccessKeyId', accessKeyId),
        text('Expiration', isoTime(Date.now() + SESSION_MS)),
      ),
    ),
  );
}

/**
 * Refuses requests that a directory bucket does not accept. Does nothing for other buckets.
 *
 * @throws {S3Error} InvalidToken outside a session; InvalidRequest for headers and parameters that it does not support.
 */
export function requireDirectoryRules(request: S3Request): void {
  const { bucket, query, incoming } = request;
  if (!isDirectoryBucket(bucket) || query.has('session')) return;
  if (request.header('x-amz-s3session-token') !== SESSION_TOKEN) throw new S3Error('InvalidToken');
  const header = Object.keys(incoming.headers).find((name) => UNKNOWN_HEADER.test(name));
  if (header !== undefined) throw new S3Error('InvalidRequest', `A directory bucket does not know ${header}`);
  if (query.has('start-after')) throw new S3Error('InvalidRequest', 'A directory bucket knows no StartAfter');
  const prefix = query.get('prefix') ?? '';
  if (prefix !== '' && !prefix.endsWith('/'))
    throw new S3Error('InvalidRequest', 'In a directory bucket a prefix ends with the delimiter /');
}
