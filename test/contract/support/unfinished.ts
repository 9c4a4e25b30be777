import { createHash } from 'node:crypto';
import { CreateMultipartUploadCommand, type StorageClass, UploadPartCommand } from '@aws-sdk/client-s3';
import { PART, type Target } from './target.ts';

export interface Begun {
  readonly key?: string;
  /** Of the file. */
  readonly bytes: Buffer;
  /** The numbers of those that are sent. */
  readonly parts: readonly number[];
  readonly partSize?: number;
  readonly storageClass?: StorageClass;
  /** Whether the parts have CRC-32s. */
  readonly checksums?: boolean;
}

/** Somebody begins an upload in parts, and does not end it. Returns its id. */
export async function beginUpload(
  { client, bucket: Bucket }: Pick<Target, 'client' | 'bucket'>,
  begun: Begun,
): Promise<string> {
  const { key: Key = 'key', bytes, parts, partSize = PART, storageClass, checksums = false } = begun;
  const { UploadId = '' } = await client.send(
    new CreateMultipartUploadCommand({
      Bucket,
      Key,
      StorageClass: storageClass,
      ...(checksums && { ChecksumAlgorithm: 'SHA256', ChecksumType: 'COMPOSITE' }),
    }),
  );
  for (const PartNumber of parts) {
    const Body = bytes.subarray((PartNumber - 1) * partSize, PartNumber * partSize);
    const ChecksumSHA256 = checksums ? createHash('sha256').update(Body).digest('base64') : undefined;
    await client.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body, ChecksumSHA256 }));
  }
  return UploadId;
}
