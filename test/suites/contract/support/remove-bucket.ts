import {
  AbortMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteBucketPolicyCommand,
  DeleteObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  type S3Client,
} from '@aws-sdk/client-s3';

/** Removes a bucket and all that is in it: versions, delete markers, unfinished uploads. */
export async function removeBucket(client: S3Client, Bucket: string): Promise<void> {
  await client.send(new DeleteBucketPolicyCommand({ Bucket })).catch(() => undefined);
  const { Uploads = [] } = await client.send(
    new ListMultipartUploadsCommand({ Bucket, EncodingType: 'url' }),
  );
  for (const { Key, UploadId } of Uploads) {
    await client.send(new AbortMultipartUploadCommand({ Bucket, Key: decoded(Key), UploadId }));
  }
  for (;;) {
    const page = await client.send(new ListObjectVersionsCommand({ Bucket, EncodingType: 'url' }));
    const all = [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])];
    if (all.length === 0) break;
    await Promise.all(
      all.map(({ Key, VersionId }) =>
        client.send(new DeleteObjectCommand({ Bucket, Key: decoded(Key), VersionId })),
      ),
    );
  }
  await client.send(new DeleteBucketCommand({ Bucket }));
}

/** `encoding-type=url` writes a space as `+`. */
function decoded(key = ''): string {
  return decodeURIComponent(key.replaceAll('+', ' '));
}
