import { ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import { decodedKey, sizeOf, timeIn, unquoted } from '../answers.ts';
import type { ListPage, ListRequest } from '../store-types.ts';
import { asked } from './asked.ts';
import { headerOfAnswer } from './middleware/header-of-answer.ts';

/** Lists one page through the SDK. */
export async function listPage(
  client: S3Client,
  bucket: string,
  request: ListRequest,
  options: { readonly abortSignal?: AbortSignal },
): Promise<ListPage> {
  const { prefix, startAfter = '', continuationToken, maxKeys = 1000, delimiter } = request;
  const command = new ListObjectsV2Command({
    Bucket: bucket,
    Prefix: prefix,
    MaxKeys: maxKeys,
    ...(delimiter !== undefined && { Delimiter: delimiter }),
    // XML cannot hold every character that a key can.
    EncodingType: 'url',
    ...(startAfter !== '' && { StartAfter: startAfter }),
    ...(continuationToken !== undefined && { ContinuationToken: continuationToken }),
  });
  const date = headerOfAnswer(command, 'date');
  const page = await asked('ListObjectsV2', () => client.send(command, options));
  const decode = (key: string) => (page.EncodingType === 'url' ? decodedKey(key) : key);
  return {
    objects: (page.Contents ?? []).map(({ Key = '', Size, ETag, LastModified, StorageClass }) => ({
      key: decode(Key),
      size: sizeOf(Size),
      etag: unquoted(ETag),
      lastModified: LastModified?.getTime(),
      storageClass: StorageClass,
    })),
    ...(page.CommonPrefixes && { folders: page.CommonPrefixes.map(({ Prefix = '' }) => decode(Prefix)) }),
    truncated: page.IsTruncated ?? false,
    next: page.NextContinuationToken,
    answeredAt: timeIn(date()),
  };
}
