import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import {
  AbortMultipartUploadCommand,
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import fc from 'fast-check';
import { Signer } from '../../../../src/s3/signed-http/sigv4.ts';
import { encodeKey, queryOf } from '../../../../src/s3/signed-http/uri.ts';

/** A request as the SDK would send it. */
interface Sent {
  readonly method: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | null>>;
  readonly headers: Readonly<Record<string, string>>;
}

const CREDENTIALS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'a secret', sessionToken: 'a/token+=' };

/** An SDK client that sends nothing, and what it would have sent last. */
function recorder() {
  const sent: Sent[] = [];
  const requestHandler = {
    handle: async (request: Sent) => {
      sent.push(request);
      const body = Readable.from([]);
      return { response: { statusCode: 200, headers: { etag: '"x"' }, body } };
    },
  };
  const client = new S3Client({
    region: 'eu-central-1',
    credentials: CREDENTIALS,
    endpoint: 'http://localhost:9000',
    forcePathStyle: true,
    requestHandler: requestHandler as never,
  });
  return { client, last: () => sent.at(-1) as Sent };
}

/** What our own signer makes of the same headers at the same time. */
function signedByUs({ method, path, query = {}, headers }: Sent): string {
  const lower = Object.fromEntries(Object.entries(headers).map(([name, text]) => [name.toLowerCase(), text]));
  const { authorization = '' } = lower;
  const names = (/SignedHeaders=([^,]*)/.exec(authorization)?.[1] ?? '').split(';');
  return new Signer('eu-central-1').sign(
    {
      method,
      path,
      query: queryOf(Object.fromEntries(Object.entries(query).map(([name, text]) => [name, text ?? '']))),
      headers: Object.fromEntries(names.reverse().map((name) => [name, lower[name] ?? ''])),
      payloadHash: lower['x-amz-content-sha256'] ?? '',
    },
    CREDENTIALS,
    lower['x-amz-date'] ?? '',
  );
}

const Bucket = 'bucket';
const key = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
  .filter((text) => !/^\/|\/\/|\p{Cc}/u.test(text));

test("the Authorization header and the path are the SDK's, for every request that is sent by hand", async () => {
  const { client, last } = recorder();
  const Body = 'some bytes';
  await fc.assert(
    fc.asyncProperty(key, async (Key) => {
      const upload = { Bucket, Key, UploadId: 'an id/with+all=' };
      for (const send of [
        () =>
          client.send(
            new PutObjectCommand({ Bucket, Key, Body, ContentType: 'a/b', Metadata: { a: 'b  c' } }),
          ),
        () =>
          client.send(new PutObjectCommand({ Bucket, Key, Body, IfNoneMatch: '*', Tagging: 'a=b&c=d+e' })),
        () => client.send(new HeadObjectCommand({ Bucket, Key, VersionId: 'v/1', ChecksumMode: 'ENABLED' })),
        () => client.send(new CreateMultipartUploadCommand({ Bucket, Key, StorageClass: 'STANDARD_IA' })),
        () => client.send(new UploadPartCommand({ ...upload, PartNumber: 12, Body, ContentMD5: 'AAAA' })),
        () => client.send(new AbortMultipartUploadCommand(upload)),
      ]) {
        await send();
        assert.equal(signedByUs(last()), last().headers.authorization ?? last().headers.Authorization);
        assert.equal(last().path, `/bucket/${encodeKey(Key)}`);
      }
    }),
    { numRuns: 25 },
  );
});

test("a listing's Authorization header is the SDK's", async () => {
  const { client, last } = recorder();
  for (const Prefix of ['', 'a b+c/ä~*', '%2F&=']) {
    await client.send(
      new ListObjectsV2Command({
        Bucket,
        Prefix,
        MaxKeys: 7,
        EncodingType: 'url',
        StartAfter: `${Prefix}'(!)`,
      }),
    );
    assert.equal(signedByUs(last()), last().headers.authorization ?? last().headers.Authorization);
  }
});
