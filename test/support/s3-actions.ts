import type { IncomingMessage } from 'node:http';

/** A right that a request needs, and what conditions of a policy can ask about it. */
export interface Action {
  /** `s3:PutObject` */
  readonly name: string;
  readonly resource: string;
  readonly context: Readonly<Record<string, string | undefined>>;
}

/**
 * The rights that a path-style S3 request needs, by
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
 */
export function actionsOf({ method = '', url = '', headers }: IncomingMessage): Action[] {
  const { pathname, searchParams: query } = new URL(url, 'http://host');
  const [, bucket = '', ...rest] = pathname.split('/').map(decodeURIComponent);
  const key = rest.join('/');
  const has = (name: string) => query.has(name);
  const resource = `arn:aws:s3:::${key === '' ? bucket : `${bucket}/${key}`}`;
  const names = key === '' ? [bucketAction(method, has)] : objectActions(method, has, headers);
  const context = {
    's3:prefix': query.get('prefix') ?? undefined,
    's3:if-none-match': headers['if-none-match'],
    's3:ObjectCreationOperation': String(!has('uploads') && !has('partNumber')),
  };
  return names.map((name) => ({ name: `s3:${name}`, resource, context }));
}

type Has = (query: string) => boolean;

function bucketAction(method: string, has: Has): string {
  if (method !== 'GET') return `${method} on a bucket`;
  if (has('uploads')) return 'ListBucketMultipartUploads';
  if (has('versions')) return 'ListBucketVersions';
  if (has('lifecycle')) return 'GetLifecycleConfiguration';
  return 'ListBucket';
}

function objectActions(method: string, has: Has, headers: IncomingMessage['headers']): string[] {
  if (method === 'DELETE') {
    if (has('uploadId')) return ['AbortMultipartUpload'];
    return [has('versionId') ? 'DeleteObjectVersion' : 'DeleteObject'];
  }
  if (method === 'GET' && has('uploadId')) return ['ListMultipartUploadParts'];
  if (method === 'GET' || method === 'HEAD') return [has('versionId') ? 'GetObjectVersion' : 'GetObject'];
  if (has('restore')) return ['RestoreObject'];
  const more = {
    PutObjectTagging: 'x-amz-tagging',
    PutObjectAcl: 'x-amz-acl',
    PutObjectRetention: 'x-amz-object-lock-mode',
    PutObjectLegalHold: 'x-amz-object-lock-legal-hold',
  };
  const needed = Object.entries(more).filter(([, header]) => headers[header] !== undefined);
  return ['PutObject', ...needed.map(([name]) => name)];
}
