import { crc32 } from 'node:zlib';
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
      ...(checksums && { ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' }),
    }),
  );
  for (const PartNumber of parts) {
    const Body = bytes.subarray((PartNumber - 1) * partSize, PartNumber * partSize);
    const ChecksumCRC32 = checksums ? base64Of(crc32(Body)) : undefined;
    await client.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body, ChecksumCRC32 }));
  }
  return UploadId;
}

function base64Of(crc: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc);
  return bytes.toString('base64');
}
