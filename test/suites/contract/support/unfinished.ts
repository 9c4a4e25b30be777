import { CreateMultipartUploadCommand, type StorageClass, UploadPartCommand } from '@aws-sdk/client-s3';
import { checksumOf } from '../../../../src/digest/checksum.ts';
import { PART, type Target } from './target.ts';

export interface Begun {
  readonly key?: string;
  /** Of the file. */
  readonly bytes: Buffer;
  /** The numbers of those that are sent. */
  readonly parts: readonly number[];
  readonly partSize?: number;
  readonly storageClass?: StorageClass;
  /** That the parts are sent with. */
  readonly checksum?: 'crc32' | 'sha256';
}

/** Somebody begins an upload in parts, and does not end it. Returns its id. */
export async function beginUpload(
  { client, bucket: Bucket }: Pick<Target, 'client' | 'bucket'>,
  begun: Begun,
): Promise<string> {
  const { key: Key = 'key', bytes, parts, partSize = PART, storageClass, checksum } = begun;
  const { UploadId = '' } = await client.send(
    new CreateMultipartUploadCommand({
      Bucket,
      Key,
      StorageClass: storageClass,
      ...(checksum === 'sha256' && { ChecksumAlgorithm: 'SHA256', ChecksumType: 'COMPOSITE' }),
      ...(checksum === 'crc32' && { ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' }),
    }),
  );
  for (const PartNumber of parts) {
    const Body = bytes.subarray((PartNumber - 1) * partSize, PartNumber * partSize);
    const sum = checksum && (await checksumOf(checksum, Body)).toString('base64');
    const sums = { ...(checksum && { [checksum === 'sha256' ? 'ChecksumSHA256' : 'ChecksumCRC32']: sum }) };
    await client.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body, ...sums }));
  }
  return UploadId;
}
